"""Small parts for tests of jobs: the kind `query` answered by the test, an engine to be told."""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from reports import dispatch, jobs
from reports.kinds import KINDS
from reports.models import Job, Report, ReportEvent
from warehouse.document import Document
from warehouse.engine import Answer
from warehouse.exceptions import QueryCancelled, SourceTimeout
from warehouse.planner.plan import Column

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = 30
KEEP = timedelta(days=7)
BODY = b'{"columns":[{"name":"n","type":"integer","role":"metric"}],"rows":[[1],[2]],"totals":null}'


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def answer(body=BODY, rows=2):
    return Answer(
        body=body,
        etag='"e"',
        computed_at=NOON,
        ttl_seconds=60,
        row_count=rows,
        tier="none",
        reason="computed",
    )


COUNTED = (Column("n", "integer", "metric"),)


class Result:
    """A computed result of one's own: its pages, each with the kept cells of every column."""

    def __init__(self, *pages, columns=COUNTED, zone="UTC", rest=None):
        self.columns, self.zone, self.granularity = columns, zone, None
        self.rest = rest or b'{"totals":null}'
        self.pages = pages

    def __iter__(self):
        return iter(self.pages)

    def body(self):
        """Return its JSON, as it is written while it is computed."""
        written = Document(self.columns, self.zone)
        pieces = [written.rows(page) for page in self.pages]
        return b"".join([written.head(), *pieces, written.tail(self.rest)])


class Computed(Result):
    """An answer that is there once its rows were taken: what `run` returns, or raises, then."""

    def __init__(self, run, *pages, columns=COUNTED):
        super().__init__(*(pages or ([[1, 2]],)), columns=columns)
        self._run = run

    def __iter__(self):
        self.answer = self._run()
        yield from self.pages

    def close(self):
        """Nothing is open."""


def kinds_by(run):
    """The kind `query`, answered by `run`, which is called as the engine's `run` is."""

    def compute(query, **how):
        return Computed(lambda: run(query, **how))

    return {"query": replace(KINDS["query"], compute=compute)}


def calm(query, **_):
    return answer()


CALM = kinds_by(calm)


def body(question):
    filters = [{"field": "source", "operator": "eq", "value": question}]
    return {"metrics": ["events"], "filters": filters, "period": "last_7_days"}


def submit(
    organization, *, question="q", asked=None, now=NOON, kinds=CALM, timeout_seconds=30, **more
):
    return jobs.submit(
        kind="query",
        body=asked or body(question),
        tenant=organization.as_tenant(),
        subject="key:1",
        now=now,
        timeout_seconds=timeout_seconds,
        kinds=kinds,
        **more,
    )


def worker(owner=None, lease_seconds=LEASE, at_once=100):
    return dispatch.Worker(owner or uuid4(), lease_seconds, at_once)


def claim(now=NOON, **how):
    return dispatch.claim(queue="reports", worker=worker(**how), now=now)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def events_of(report):
    found = ReportEvent.objects.filter(report=report).order_by("cursor")
    return [event.type.removeprefix("report.") for event in found]


def counts():
    return Job.objects.count(), Report.objects.count()


@dataclass
class Seen:
    rows_read: int = 0
    rows_total: int = 0
    bytes_read: int = 0
    elapsed_ms: int = 0


class SlowEngine:
    """An engine with one query at a time that ends when it is let, or killed."""

    def __init__(self):
        self.started = threading.Event()
        self.let = threading.Event()
        self.killed = []
        self.seen = {}
        self.stubborn = set()

    def run(self, query, *, tag, **_):
        self.seen[tag] = Seen(10, 100, 80)
        self.started.set()
        assert self.let.wait(20), "nobody ended the query"
        del self.seen[tag]
        if tag in self.killed:
            raise QueryCancelled
        return answer()

    def running(self):
        return dict(self.seen)

    def kill(self, tag):
        if tag in self.stubborn:
            raise SourceTimeout
        if tag in self.seen:
            self.killed.append(tag)
            self.let.set()
