"""The figures of `/metrics` by organization: at most so many of each, the rest together.

Names of tenants are nobody's business but the operator's: see `warehouse/ops/views.py`.
"""

import threading
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.db.models import Count
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from reports.models import Job
from warehouse.clock import now
from warehouse.tenancy.models import EventMonth
from warehouse.tenancy.months import first_day

MOST = 100
OTHERS = "(others)"

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "trellis_organization_requests",
    "API requests this process answered, by organization.",
    ("organization", "outcome"),
    registry=REGISTRY,
)
OUTCOMES = {2: "done", 3: "done", 4: "refused", 5: "failed"}
LIMITED = 429


class Names:
    """The first so many names; whoever comes later is one of the others."""

    def __init__(self, most: int = MOST) -> None:
        self._known: set[str] = set()
        self._most = most
        self._lock = threading.Lock()

    def label(self, name: str) -> str:
        """Return the label under which `name` is counted."""
        if name in self._known:
            return name
        with self._lock:
            if len(self._known) >= self._most:
                return OTHERS
            self._known.add(name)
        return name


NAMES = Names()


def count(organization: str, status: int) -> None:
    """Count an answer to a caller of an organization."""
    outcome = "limited" if status == LIMITED else OUTCOMES.get(status // 100, "failed")
    _series(NAMES.label(organization), outcome).inc()


@cache
def _series(label: str, outcome: str) -> Counter:
    return REQUESTS.labels(label, outcome)


class Organizations(Collector):
    """Figures read from the relational database when somebody asks for them."""

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the organizations with the largest figures."""
        live = Job.objects.filter(state__in=("queued", "running"))
        jobs = live.values_list("organization__slug", "state").annotate(count=Count("pk"))
        yield _largest(
            "trellis_organization_jobs",
            "Jobs that wait or run.",
            ("organization", "state"),
            jobs.order_by("-count")[:MOST],
        )
        month = EventMonth.objects.filter(month=first_day(now())).order_by("-events")
        yield _largest(
            "trellis_organization_month_events",
            "Events accepted this month.",
            ("organization",),
            month.values_list("organization__slug", "events")[:MOST],
        )


def _largest(
    name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for *values, figure in rows:
        family.add_metric(values, figure)
    return family


REGISTRY.register(Organizations())
