"""Where events come in."""

from django.urls import path

from enrichment.api.views import BatchView, EventsView

urlpatterns = [
    path("events", EventsView.as_view(), name="events"),
    path("events/batches/<uuid:batch_id>", BatchView.as_view(), name="batch"),
]
