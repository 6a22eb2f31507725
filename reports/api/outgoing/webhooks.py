"""`/webhooks`: where an organization is told of its reports; a secret is shown once."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports.api.outgoing import documents, representation
from reports.models import Webhook
from reports.webhooks import webhooks
from reports.webhooks.fanout import EVENTS
from reports.webhooks.guard import Guard
from warehouse.clock import now
from warehouse.env import ENV
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.language.body import Body
from warehouse.tenancy.api import reading
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.members import ADMIN

READ = "reports:read"
FIELDS = ("url", "description", "events")
OVERLAP, MOST_OVERLAP = (
    int(span.total_seconds()) for span in (webhooks.OVERLAP, webhooks.MOST_OVERLAP)
)


class WebhookView(OrganizationView):
    """What these views share: who deals with webhooks, and how one with a secret is answered."""

    scopes: ClassVar[Mapping[str, str | None]] = {}

    @property
    def author(self) -> webhooks.Author:
        """Return the caller as one who changes webhooks."""
        return webhooks.Author(
            Actor.of(self.principal), Guard(ENV.webhook_networks), self.principal
        )

    def shown(self, hook: Webhook) -> dict[str, Any]:
        """Return a webhook as the caller may see it."""
        return representation.webhook(hook, whole=self.may_change)

    @property
    def may_change(self) -> bool:
        """Return whether the caller may change webhooks."""
        return ADMIN in self.principal.scopes

    def issued(self, hook: Webhook, secret: str) -> HttpResponse:
        """Answer with a webhook and its new secret, for nobody's cache."""
        body = {"webhook": self.shown(hook), "secret": secret}
        return json_answer(body, 201, headers={"Cache-Control": "no-store"})


class Webhooks(WebhookView):
    """Lists webhooks and creates them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "POST": ADMIN}

    @documents.listing("list_webhooks", "WebhookPage")
    def get(self, request: Request) -> HttpResponse:
        """List webhooks."""
        reading.filters_of(request).faults.raise_any()
        found = Webhook.objects.filter(organization_id=self.principal.tenant.id)
        show = partial(representation.webhooks, whole=self.may_change)
        return json_answer(page(request, found, show))

    @documents.making("create_webhook", "NewWebhook", "IssuedWebhook")
    def post(self, request: Request) -> HttpResponse:
        """Create a webhook and show its secret, once: a repeat with the same key has null instead.

        From then on each event of a report that `events` names is sent to `url` as a
        `WebhookMessage`, signed as the Standard Webhooks specification says.
        """
        body = reading.body_of(request, FIELDS)
        wish = _wish(body, body.given.keys() | {"url"})
        wish = {"description": "", "events": list(EVENTS), **wish}
        body.faults.raise_any()
        owner, at = self.principal.tenant.id, now()

        def effect() -> HttpResponse:
            return self.issued(*webhooks.create(owner, wish, by=self.author, now=at))

        return once(request, self.principal, effect, now=at, hidden="secret")


class OneWebhook(WebhookView):
    """Shows a webhook, changes and removes it."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "PATCH": ADMIN, "DELETE": ADMIN}

    @documents.showing("show_webhook", "Webhook")
    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        """Answer with the webhook; nobody can show its secret again."""
        hook = webhooks.find(webhook_id, self.principal.tenant)
        return json_answer(self.shown(hook))

    @documents.changing("change_webhook", "WebhookChange", "Webhook")
    def patch(self, request: Request, webhook_id: str) -> HttpResponse:
        """Change a webhook: disabled, nothing is sent, and what waits has failed."""
        hook = webhooks.find(webhook_id, self.principal.tenant)
        body = reading.body_of(request, (*FIELDS, "enabled"))
        wish = _wish(body, body.given.keys())
        if "enabled" in body.given:
            _refuse_null(body, "enabled")
            wish["enabled"] = body.boolean("enabled", default=hook.enabled)
        body.faults.raise_any()
        changed = webhooks.change(hook, wish, by=self.author, now=now())
        return json_answer(self.shown(changed))

    @documents.removing("remove_webhook", "Nothing is sent there any more.")
    def delete(self, request: Request, webhook_id: str) -> HttpResponse:
        """Remove a webhook and its deliveries; 409 while a schedule delivers to it."""
        hook = webhooks.find(webhook_id, self.principal.tenant)
        webhooks.remove(hook, by=self.author, now=now())
        return HttpResponse(status=204)


class RotateSecret(WebhookView):
    """Gives a webhook a new secret."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": ADMIN}

    @documents.making("rotate_webhook", "SecretRotation", "IssuedWebhook", of_one=True)
    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        """Make a new secret; during the overlap messages are signed by the former one as well.

        The secret is shown once: a repeat with the same idempotency key has null instead.
        """
        body = reading.body_of(request, ("overlap_seconds",))
        seconds = body.whole("overlap_seconds", OVERLAP, 0, MOST_OVERLAP)
        body.faults.raise_any()
        hook = webhooks.find(webhook_id, self.principal.tenant)
        at, overlap = now(), timedelta(seconds=seconds)

        def effect() -> HttpResponse:
            return self.issued(*webhooks.rotate(hook, by=self.author, now=at, overlap=overlap))

        return once(request, self.principal, effect, now=at, hidden="secret")


class TestWebhook(WebhookView):
    """Sends a message to try a webhook out."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": ADMIN}

    @documents.making("test_webhook", None, "WebhookDelivery", of_one=True)
    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        """Send a message of the type `webhook.test`; its delivery tells what became of it."""
        reading.body_of(request, ()).faults.raise_any()
        hook = webhooks.find(webhook_id, self.principal.tenant)
        at = now()

        def effect() -> HttpResponse:
            sent = webhooks.test(hook, by=self.author, now=at)
            return json_answer(representation.whole(sent), 201)

        return once(request, self.principal, effect, now=at)


def _wish(body: Body, given: Any) -> dict[str, Any]:
    """Return those columns of a webhook that are given."""
    readers: dict[str, Any] = {
        "url": lambda: _text(body, "url"),
        "description": lambda: _description(body),
        "events": lambda: _events(body),
    }
    return {name: read() for name, read in readers.items() if name in given}


def _known(name: str) -> bool | None:
    return name in EVENTS or None


def _text(body: Body, key: str) -> str:
    """Return a text; what it means is judged by the domain."""
    value = body.given.get(key)
    if isinstance(value, str) and value:
        return value
    body.faults.add(key, "required", "A URL such as https://example.com/hook.")
    return ""


def _description(body: Body) -> str:
    if body.given["description"] == "":
        return ""
    return reading.text(body, "description", webhooks.LONGEST_DESCRIPTION)


def _events(body: Body) -> list[str]:
    _refuse_null(body, "events")
    if isinstance(body.given["events"], str):
        body.faults.add("events", "invalid", 'Must be a list, such as ["report.failed"].')
        return []
    return list(body.names("events", _known, EVENTS))


def _refuse_null(body: Body, key: str) -> None:
    """Refuse null, which might mean nothing at all or as it was."""
    if body.given[key] is None:
        body.faults.add(key, "invalid", "Must not be null; leave it out.")
