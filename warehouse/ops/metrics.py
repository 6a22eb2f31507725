"""The figures of `/metrics`: requests of this process, and the installation's queues and stores.

No label here names an organization; those that do stand in `warehouse/ops/organizations.py`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum
from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from enrichment.models import Batch
from reports.models import Delivery, Firing, Job, Report, Schedule
from warehouse.clock import now
from warehouse.models import Day, Worker

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "trellis_http_request_seconds",
    "Time this process took to answer requests.",
    ("method", "status"),
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2.5, 10, 60),
    registry=REGISTRY,
)


class Installation(Collector):
    """Figures read from the relational database when somebody asks for them."""

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure as it stands now."""
        instant = now()
        due = Job.objects.filter(state="queued", run_after__lte=instant)
        pending = Batch.objects.filter(state="pending")
        active = Delivery.objects.filter(organization__suspended_at=None)
        owed = active.filter(state="pending", due_at__lte=instant)
        stored = Day.objects.aggregate(total=Sum("rows"))["total"] or 0
        yield _counted("trellis_jobs", "Jobs.", ("queue", "state"), Job.objects.all())
        yield _counted("trellis_reports", "Reports.", ("kind", "status"), Report.objects.all())
        yield _counted("trellis_batches", "Batches of events.", ("state",), Batch.objects.all())
        sent = Delivery.objects.all()
        yield _counted("trellis_deliveries", "Messages to webhooks and people.", ("state",), sent)
        yield GaugeMetricFamily(
            "trellis_job_wait_seconds",
            "Age of the oldest job that is due and not yet running.",
            _age(due.aggregate(at=Min("run_after"))["at"], instant),
        )
        yield GaugeMetricFamily(
            "trellis_batch_wait_seconds",
            "Age of the oldest batch accepted and not yet stored.",
            _age(pending.aggregate(at=Min("received_at"))["at"], instant),
        )
        late = Schedule.objects.filter(next_at__lte=instant, organization__suspended_at=None)
        yield GaugeMetricFamily(
            "trellis_schedule_late_seconds",
            "How late the schedule is that has been due for longest and has not fired.",
            _age(late.aggregate(at=Min("next_at"))["at"], instant),
        )
        yield GaugeMetricFamily(
            "trellis_firings_running",
            "Firings of schedules that wait for their report.",
            Firing.objects.filter(state="running").count(),
        )
        yield GaugeMetricFamily(
            "trellis_delivery_wait_seconds",
            "Age of the oldest message that is due and not yet sent.",
            _age(owed.aggregate(at=Min("due_at"))["at"], instant),
        )
        yield GaugeMetricFamily("trellis_events_stored", "Events in the warehouse.", stored)
        yield from _workers(instant)


def _workers(instant: datetime) -> Iterator[Metric]:
    """Yield the age of the newest sign of life; none at all before the first worker."""
    newest = Worker.objects.aggregate(seen=Max("seen_at"), woken=Max("woken_at"))
    ages = (
        ("seen", "Seconds since a worker last gave a sign of life."),
        ("woken", "Seconds since a hint last reached a worker through Celery."),
    )
    for name, text in ages:
        if newest[name] is not None:
            yield GaugeMetricFamily(
                f"trellis_worker_{name}_seconds", text, _age(newest[name], instant)
            )


def _counted(
    name: str, text: str, labels: tuple[str, ...], rows: "QuerySet[Any]"
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for *values, count in rows.values_list(*labels).annotate(count=Count("pk")).order_by():
        family.add_metric(values, count)
    return family


def _age(at: datetime | None, instant: datetime) -> float:
    return max(0.0, (instant - at).total_seconds()) if at else 0.0


REGISTRY.register(Installation())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
