"""Jobs in the admin: what runs and waits for whom, why one failed, and what may be done with it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from reports import jobs, limits
from reports.models import JOB_STATES, LIVE, Job, Report
from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.env import ENV
from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import Below, ReadOnly, Unfinished

PRIORITIES = {number: name for name, number in limits.PRIORITIES.items()} | {limits.FRONT: "front"}


class StateFilter(Unfinished):
    """What is waiting or running, unless something else is asked for."""

    states = JOB_STATES
    unfinished = LIVE
    words = "waiting and running"


class Askers(Below):
    """Whose reports the job answers."""

    model = Report
    verbose_name_plural = "reports that wait for it or show it"
    fields = readonly_fields = ("id", "subject", "status", "created_at", "finished_at")


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """Reports: who asked what, and what came of it."""

    list_display = (
        *("created_at", "organization", "kind", "status", "subject"),
        *("finished_at", "expires_at"),
    )
    list_filter = ("status", "kind", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "=subject", "organization__slug")
    date_hierarchy = "created_at"
    show_full_result_count = False
    tells_of_others = True
    ordering = ("-created_at",)
    fields = (
        *("id", "organization", "kind", "status", "subject", "job", "request", "error", "cache"),
        *("created_at", "started_at", "finished_at", "expires_at"),
    )


@admin.register(Job)
class JobAdmin(ReadOnly):
    """Jobs: looked at, cancelled, asked again and moved to the front; never edited."""

    list_display = (
        *("id", "organization", "kind", "state", "why", "order", "done", "askers", "tries"),
        *("asked_at", "started_at"),
    )
    list_filter = (StateFilter, "kind", "queue", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "organization__slug", "=reports__id")
    show_full_result_count = False
    tells_of_others = True
    inlines = (Askers,)
    actions = ("cancel", "retry", "move_to_front")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Return jobs with how many reports wait for or show each."""
        rows: QuerySet[Job] = super().get_queryset(request)
        return rows.annotate(asker_count=Count("reports", distinct=True))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the living as they are taken, whatever has ended newest first."""
        return ("-pk",) if request.GET.get("state") else ("-state", "-priority", "pk")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show every column, and in words why it failed."""
        return ("why", *(field.name for field in Job._meta.fields))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Let none of it be edited."""
        return self.get_fields(request, obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the jobs below how many each organization has."""
        more = {"queues": _queues(), "title": "Jobs that wait and run"}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    @admin.display(ordering="-priority")
    def order(self, job: Job) -> str:
        """Return how its priority is called."""
        return PRIORITIES.get(job.priority, str(job.priority))

    @admin.display(description="progress")
    def done(self, job: Job) -> str:
        """Return how far it is."""
        return f"{job.fraction:.0%} {job.stage}" if job.state == "running" else ""

    @admin.display(description="reports")
    def askers(self, job: Any) -> int:
        """Return how many reports wait for or show it."""
        return int(job.asker_count)

    @admin.display(description="tries")
    def tries(self, job: Job) -> str:
        """Return how often it began, and what went wrong on the way."""
        troubles = {"deaths": job.deaths, "failures": job.failures}
        told = [f"{count} {what}" for what, count in troubles.items() if count]
        return f"{job.attempt} ({', '.join(told)})" if told else str(job.attempt)

    @admin.display(description="why it failed")
    def why(self, job: Job) -> str:
        """Return what its problem document says."""
        return f"{job.error['code']}: {job.error['detail']}" if job.error else ""

    @admin.action(permissions=["change"], description="Cancel for everybody who asked")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        """Cancel the chosen jobs."""
        self._do(request, chosen, "Cancelled", lambda job: jobs.cancel_job(job, now=now()))

    @admin.action(permissions=["change"], description="Try again what failed or was cancelled")
    def retry(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        """Ask the reports of the chosen jobs again."""
        self._do(request, chosen, "Queued", lambda job: jobs.retry_job(job, now=now()))

    @admin.action(permissions=["change"], description="Move to the front of every queue")
    def move_to_front(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        """Let the chosen jobs go before all others."""
        self._do(request, chosen, "Moved", jobs.move_to_front)

    def _do(
        self, request: HttpRequest, chosen: QuerySet[Job], done: str, act: Callable[[Job], bool]
    ) -> None:
        """Do `act` to each job and say how many it was done to, and why not to others."""
        count = 0
        for job in chosen:
            try:
                acted = act(job)
            except WarehouseError as error:
                self.message_user(request, f"Job {job.pk}: {error.detail}", level="warning")
                continue
            count += acted
            if acted:
                self.log_change(request, job, f"{done}.")
        self.message_user(request, f"{done} {count} of {len(chosen)}.")


def _queues() -> Any:
    """Return how many jobs of each organization run and wait in each queue, the busiest first."""
    waiting = Q(state="queued")
    return (
        Job.objects.filter(state__in=LIVE)
        .values("organization_id", "organization__slug", "queue")
        .annotate(
            running=Count("pk", filter=Q(state="running")),
            waiting=Count("pk", filter=waiting),
            oldest=Min("asked_at", filter=waiting),
            most=Coalesce("organization__jobs_at_once", Value(ENV.jobs_at_once)),
        )
        .order_by("-waiting", "-running", "organization__slug")
    )


def _jobs(at: datetime) -> Iterator[Note]:
    page = reverse("admin:reports_job_changelist")
    for state, word in {"queued": "waiting", "running": "running"}.items():
        if count := Job.objects.filter(state=state).count():
            yield Note(f"{counted(count, 'job')} {word}", f"{page}?state={state}")
    failed = Job.objects.filter(state="failed", finished_at__gt=at - timedelta(days=1)).count()
    if failed:
        text = f"{counted(failed, 'job')} failed since yesterday"
        yield Note(text, f"{page}?state=failed", wrong=True)


TELLERS.append(_jobs)
