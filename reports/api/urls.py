"""The addresses of the reports' REST door, under `/api/v1`."""

from django.urls import path

from reports.api.analytics import (
    CampaignsQuestion,
    NoKind,
    QueryQuestion,
    RealtimeQuestion,
    TrafficQuestion,
)
from reports.api.catalog import Catalog
from reports.api.collection import Collection
from reports.api.estimate import (
    CampaignsEstimate,
    QueryEstimate,
    RealtimeEstimate,
    TrafficEstimate,
)
from reports.api.report import Cancel, Detail, Retry
from reports.api.result import Result
from reports.api.root import RootBySlash
from reports.api.tickets import Tickets

urlpatterns = [
    path("", RootBySlash.as_view()),
    path("analytics/query", QueryQuestion.as_view(), name="analytics-query"),
    path("analytics/traffic", TrafficQuestion.as_view(), name="analytics-traffic"),
    path("analytics/campaigns", CampaignsQuestion.as_view(), name="analytics-campaigns"),
    path("analytics/realtime", RealtimeQuestion.as_view(), name="analytics-realtime"),
    path("analytics/<str:kind>", NoKind.as_view(), name="analytics-unknown"),
    path("analytics/query/estimate", QueryEstimate.as_view(), name="estimate-query"),
    path("analytics/traffic/estimate", TrafficEstimate.as_view(), name="estimate-traffic"),
    path("analytics/campaigns/estimate", CampaignsEstimate.as_view(), name="estimate-campaigns"),
    path("analytics/realtime/estimate", RealtimeEstimate.as_view(), name="estimate-realtime"),
    path("analytics/<str:kind>/estimate", NoKind.as_view(), name="estimate-unknown"),
    path("catalog", Catalog.as_view(), name="catalog"),
    path("reports", Collection.as_view(), name="reports"),
    path("reports/<str:report_id>", Detail.as_view(), name="report"),
    path("reports/<str:report_id>/cancel", Cancel.as_view(), name="report-cancel"),
    path("reports/<str:report_id>/retry", Retry.as_view(), name="report-retry"),
    path("reports/<str:report_id>/result", Result.as_view(), name="report-result"),
    path("ws-tickets", Tickets.as_view(), name="ws-tickets"),
]
