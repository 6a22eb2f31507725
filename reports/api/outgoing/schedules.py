"""`/schedules`: reports that are asked for again and again; whoever may submit may schedule."""

from collections.abc import Mapping
from typing import ClassVar, TypedDict

from django.http import HttpResponse
from rest_framework.request import Request

from reports.api import bodies
from reports.api.outgoing import schedule_documents as documents
from reports.schedules import schedules
from reports.schedules.representation import BASE, describe, describe_all, describe_firings
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy.api import reading
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.principal import Principal

READ, WRITE = "reports:read", "reports:write"


class _Asker(TypedDict):
    by: Actor
    caller: Principal


class ScheduleView(OrganizationView):
    """What these views share: who acts."""

    scopes: ClassVar[Mapping[str, str | None]] = {}

    @property
    def asker(self) -> _Asker:
        """Return the caller, who goes on record and is looked at afresh."""
        return {"by": Actor.of(self.principal), "caller": self.principal}


class Schedules(ScheduleView):
    """Lists schedules and creates them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "POST": WRITE}

    @documents.listing("list_schedules", "SchedulePage")
    def get(self, request: Request) -> HttpResponse:
        """List schedules, those that are disabled too."""
        reading.filters_of(request).faults.raise_any()
        return json_answer(page(request, schedules.of(self.principal.tenant), describe_all))

    @documents.making()
    def post(self, request: Request) -> HttpResponse:
        """Create a schedule; it is due for the first time after now.

        Its answers go to a webhook of the organization, as messages of the types
        `schedule.succeeded` and `schedule.failed`, or by letter to members.
        """
        given, tenant, at = bodies.read_any(request), self.principal.tenant, now()

        def effect() -> HttpResponse:
            made = schedules.create(tenant, given, now=at, **self.asker)
            return json_answer(describe(made), 201, headers={"Location": f"{BASE}/{made.pk}"})

        return once(request, self.principal, effect, now=at)


class OneSchedule(ScheduleView):
    """Shows a schedule, changes and removes it."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @documents.showing()
    def get(self, request: Request, schedule_id: str) -> HttpResponse:
        """Answer with the schedule."""
        return json_answer(describe(schedules.find(schedule_id, self.principal.tenant)))

    @documents.changing()
    def patch(self, request: Request, schedule_id: str) -> HttpResponse:
        """Change what is given; when it is due next is counted from now if that changes."""
        given, tenant = bodies.read_any(request), self.principal.tenant
        found = schedules.find(schedule_id, tenant)
        changed = schedules.change(found, given, tenant=tenant, now=now(), **self.asker)
        return json_answer(describe(changed))

    @documents.removing()
    def delete(self, request: Request, schedule_id: str) -> HttpResponse:
        """Remove a schedule, its firings, and what of it is not delivered yet."""
        found = schedules.find(schedule_id, self.principal.tenant)
        schedules.remove(found, now=now(), **self.asker)
        return HttpResponse(status=204)


class Run(ScheduleView):
    """Fires a schedule by hand."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}

    @documents.running()
    def post(self, request: Request, schedule_id: str) -> HttpResponse:
        """Ask for the report now and deliver it as ever; when it is due next stays."""
        bodies.read(request, ())
        found, at = schedules.find(schedule_id, self.principal.tenant), now()

        def effect() -> HttpResponse:
            [shown] = describe_firings([schedules.run(found, now=at, **self.asker)])
            return json_answer(shown, 202)

        return once(request, self.principal, effect, now=at)


class Firings(ScheduleView):
    """Lists when a schedule has fired."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ}

    @documents.listing("list_firings", "FiringPage", documents.SCHEDULE_ID)
    def get(self, request: Request, schedule_id: str) -> HttpResponse:
        """List firings with their reports and deliveries; those of long ago are forgotten."""
        reading.filters_of(request).faults.raise_any()
        found = schedules.find(schedule_id, self.principal.tenant)
        shown = page(request, schedules.firings(found), describe_firings, time="due_at")
        return json_answer(shown)
