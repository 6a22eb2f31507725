"""`/webhooks/ID/deliveries`: what was sent to a webhook, and each attempt; sends it again."""

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports.api.outgoing import documents, representation
from reports.api.outgoing.webhooks import READ, WebhookView
from reports.models.outgoing import DELIVERY_STATES, Delivery
from reports.webhooks import webhooks
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.tenancy.api import reading
from warehouse.tenancy.members import ADMIN


class Deliveries(WebhookView):
    """Lists deliveries."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ}

    @documents.listing("list_webhook_deliveries", "WebhookDeliveryPage", of_one=True)
    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        """List what was sent to the webhook and what is to be; ended long ago, it is forgotten."""
        filters = reading.filters_of(request, ("state",))
        states = reading.words(filters, "state")
        for state in sorted(set(states) - set(DELIVERY_STATES)):
            filters.faults.unknown("state", state, DELIVERY_STATES)
        filters.faults.raise_any()
        hook = webhooks.find(webhook_id, self.principal.tenant)
        found = Delivery.objects.filter(webhook=hook).select_related("webhook")
        if states:
            found = found.filter(state__in=states)
        return json_answer(page(request, found, representation.deliveries))


class OneDelivery(WebhookView):
    """Shows a delivery."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ}

    @documents.showing("show_webhook_delivery", "WebhookDelivery", documents.DELIVERY_ID)
    def get(self, request: Request, webhook_id: str, delivery_id: str) -> HttpResponse:
        """Answer with the delivery, what it tells and every attempt."""
        hook = webhooks.find(webhook_id, self.principal.tenant)
        return json_answer(representation.whole(webhooks.find_delivery(delivery_id, hook)))


class Redeliver(WebhookView):
    """Sends a delivery again."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": ADMIN}

    @documents.making(
        "redeliver_webhook_delivery",
        None,
        "WebhookDelivery",
        documents.DELIVERY_ID,
        of_one=True,
        status=202,
    )
    def post(self, request: Request, webhook_id: str, delivery_id: str) -> HttpResponse:
        """Send what was delivered or has failed again, under the same id and with new tries."""
        reading.body_of(request, ()).faults.raise_any()
        hook = webhooks.find(webhook_id, self.principal.tenant)
        sent, at = webhooks.find_delivery(delivery_id, hook), now()

        def effect() -> HttpResponse:
            again = webhooks.redeliver(sent, by=self.author, now=at)
            return json_answer(representation.whole(again), 202)

        return once(request, self.principal, effect, now=at)
