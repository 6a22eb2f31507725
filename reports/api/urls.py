"""The addresses of the reports' REST door, under `/api/v1`."""

from django.urls import path

from reports.api import analytics, estimate
from reports.api.catalog import Catalog
from reports.api.collection import Collection
from reports.api.costs import Costs
from reports.api.outgoing import deliveries, schedules, webhooks
from reports.api.report import Cancel, Detail, Retry
from reports.api.result import Result
from reports.api.root import RootBySlash
from reports.api.tickets import Tickets
from reports.kinds import KINDS

urlpatterns = [
    path("", RootBySlash.as_view()),
    *(
        path(f"analytics/{name}", analytics.view_of(kind).as_view(), name=f"analytics-{name}")
        for name, kind in KINDS.items()
    ),
    path("analytics/<str:kind>", analytics.NoKind.as_view(), name="analytics-unknown"),
    *(
        path(
            f"analytics/{name}/estimate", estimate.view_of(kind).as_view(), name=f"estimate-{name}"
        )
        for name, kind in KINDS.items()
    ),
    path("analytics/<str:kind>/estimate", analytics.NoKind.as_view(), name="estimate-unknown"),
    path("catalog", Catalog.as_view(), name="catalog"),
    path("costs", Costs.as_view(), name="costs"),
    path("reports", Collection.as_view(), name="reports"),
    path("reports/<str:report_id>", Detail.as_view(), name="report"),
    path("reports/<str:report_id>/cancel", Cancel.as_view(), name="report-cancel"),
    path("reports/<str:report_id>/retry", Retry.as_view(), name="report-retry"),
    path("reports/<str:report_id>/result", Result.as_view(), name="report-result"),
    path("schedules", schedules.Schedules.as_view(), name="schedules"),
    path("schedules/<str:schedule_id>", schedules.OneSchedule.as_view(), name="schedule"),
    path("schedules/<str:schedule_id>/run", schedules.Run.as_view(), name="schedule-run"),
    path("schedules/<str:schedule_id>/firings", schedules.Firings.as_view(), name="firings"),
    path("webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path("webhooks/<str:webhook_id>", webhooks.OneWebhook.as_view(), name="webhook"),
    path("webhooks/<str:webhook_id>/rotate", webhooks.RotateSecret.as_view()),
    path("webhooks/<str:webhook_id>/test", webhooks.TestWebhook.as_view()),
    path("webhooks/<str:webhook_id>/deliveries", deliveries.Deliveries.as_view()),
    path(
        "webhooks/<str:webhook_id>/deliveries/<str:delivery_id>", deliveries.OneDelivery.as_view()
    ),
    path(
        "webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/redeliver",
        deliveries.Redeliver.as_view(),
    ),
    path("ws-tickets", Tickets.as_view(), name="ws-tickets"),
]
