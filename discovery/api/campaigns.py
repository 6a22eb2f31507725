"""`/campaigns`: campaigns that reach back over events which nobody had attributed."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict

from django.http import HttpResponse
from rest_framework.request import Request

from discovery.api import campaign_documents as documents
from discovery.campaigns import campaigns
from discovery.campaigns.representation import BASE, describe, describe_all, job
from discovery.models import CAMPAIGN_STATES
from warehouse.clock import now
from warehouse.exceptions import InvalidRequest
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.language.body import Body
from warehouse.tenancy.api import reading
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.principal import Principal

READ, WRITE = "reports:read", campaigns.WRITE
POLL_SECONDS = "1"


class _Asker(TypedDict):
    by: Actor
    caller: Principal


class CampaignView(OrganizationView):
    """What these views share: who acts."""

    scopes: ClassVar[Mapping[str, str | None]] = {}

    @property
    def asker(self) -> _Asker:
        """Return the caller, who goes on record and is looked at afresh."""
        return {"by": Actor.of(self.principal), "caller": self.principal}


class Campaigns(CampaignView):
    """Lists campaigns and makes drafts of them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "POST": WRITE}

    @documents.listing()
    def get(self, request: Request) -> HttpResponse:
        """List campaigns, those that were undone too."""
        filters = reading.filters_of(request, ("state",))
        states = filters.given.get("state", ",".join(CAMPAIGN_STATES)).split(",")
        for state in states:
            if state not in CAMPAIGN_STATES:
                filters.faults.unknown("state", state, CAMPAIGN_STATES)
        filters.faults.raise_any()
        found = campaigns.of(self.principal.tenant).filter(state__in=states)
        return json_answer(page(request, found, describe_all))

    @documents.making()
    def post(self, request: Request) -> HttpResponse:
        """Make a draft: a rule that tells which events of a time are to be attributed.

        Nothing happens to events before it is applied. `filters` compare fields of events, with
        the operators of every question; or a pattern is named, whose rule is taken.
        """
        given, tenant, at = _object(request), self.principal.tenant, now()

        def effect() -> HttpResponse:
            made = campaigns.create(tenant, given, now=at, **self.asker)
            return json_answer(describe(made), 201, headers={"Location": f"{BASE}/{made.pk}"})

        return once(request, self.principal, effect, now=at)


class OneCampaign(CampaignView):
    """Shows a campaign, changes and removes it."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @documents.showing()
    def get(self, request: Request, campaign_id: str) -> HttpResponse:
        """Answer with the campaign, and how far a worker is with it."""
        return json_answer(describe(campaigns.find(campaign_id, self.principal.tenant)))

    @documents.changing()
    def patch(self, request: Request, campaign_id: str) -> HttpResponse:
        """Change what is given of a draft; what was previewed of another rule is dropped."""
        given, tenant = _object(request), self.principal.tenant
        found = campaigns.find(campaign_id, tenant)
        changed = campaigns.change(found, given, now=now(), **self.asker)
        return json_answer(describe(changed))

    @documents.removing()
    def delete(self, request: Request, campaign_id: str) -> HttpResponse:
        """Remove a draft, or a campaign that was undone."""
        found = campaigns.find(campaign_id, self.principal.tenant)
        campaigns.remove(found, now=now(), **self.asker)
        return HttpResponse(status=204)


class Deed(CampaignView):
    """Has a worker do something with a campaign."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}
    deed: ClassVar[str]

    def ask(self, request: Request, campaign_id: str) -> HttpResponse:
        """Take it on, or answer with what is under way already."""
        body = Body(_object(request))
        body.check_keys(())
        body.faults.raise_any()
        found, at = campaigns.find(campaign_id, self.principal.tenant), now()

        def effect() -> HttpResponse:
            _, errand = campaigns.ask(found, self.deed, now=at, **self.asker)
            headers = {"Location": f"{BASE}/{found.pk}", "Retry-After": POLL_SECONDS}
            return json_answer(job(errand), 202, headers=headers)

        return once(request, self.principal, effect, now=at)


class Preview(Deed):
    """Has what would move worked out."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}
    deed = campaigns.PREVIEW

    @documents.doing(campaigns.PREVIEW)
    def post(self, request: Request, campaign_id: str) -> HttpResponse:
        """Work out what applying it would move; the campaign shows it as `preview`."""
        return self.ask(request, campaign_id)


class Apply(Deed):
    """Has a campaign applied."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}
    deed = campaigns.APPLY

    @documents.doing(campaigns.APPLY)
    def post(self, request: Request, campaign_id: str) -> HttpResponse:
        """Attribute the events of the rule that nobody has; once done, every answer shows it."""
        return self.ask(request, campaign_id)


class Undo(Deed):
    """Has a campaign undone."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}
    deed = campaigns.UNDO

    @documents.doing(campaigns.UNDO)
    def post(self, request: Request, campaign_id: str) -> HttpResponse:
        """Take its events back, those that came since included: they are nobody's again."""
        return self.ask(request, campaign_id)


def _object(request: Request) -> Mapping[str, Any]:
    """Return the body as an object, whatever its fields; an absent one is an empty object."""
    body: Any = request.data
    if body is None or isinstance(body, Mapping):
        return dict(body or {})
    raise InvalidRequest("Send a JSON object.")
