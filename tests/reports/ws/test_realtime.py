"""The topic `realtime`: a snapshot, new figures when the data has changed, trouble told."""

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from reports import expiry, jobs, lifecycle, results
from reports.kinds import KINDS
from reports.models import Job, Report, ReportEvent
from reports.stores import store as result_store
from tests.engine import store
from tests.live.stack import until
from tests.reports.builders import Computed, Result, answer
from tests.reports.doors import click, get, post, token_of, working
from warehouse import days
from warehouse.clock import now
from warehouse.exceptions import QueryRejected
from warehouse.planner.plan import Column
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db(transaction=True)
LAST = {"metrics": ["events"], "last": "1h"}


def happen(clickhouse, organization, count, first=0):
    """Store events of this minute and say so, as the intake does."""
    at = now()
    rows = [
        {**click(organization, "google", first + n), "event_date": at.date(), "event_time": at}
        for n in range(count)
    ]
    store(clickhouse, rows)
    days.record({(str(organization.id), at.date()): days.DayCount(count, 100 * count, at)})


def watch(socket, **more):
    message = socket.ask(type="subscribe", topic="realtime", **(LAST | more))
    assert message["type"] == "subscribed", message
    return message


def total(message):
    assert message["type"] == "realtime", message
    names = [column["name"] for column in message["result"]["columns"]]
    return sum(row[names.index("events")] for row in message["result"]["rows"])


def until_total(socket, wanted):
    """Return every total up to the wanted one."""
    totals = [total(socket.next())]
    while totals[-1] != wanted:
        totals.append(total(socket.next()))
    return totals


def test_new_figures_come_when_the_data_has_changed(door, caller, acme, clickhouse, worker):
    happen(clickhouse, acme, 2)
    with door.of(token_of(acme)) as socket:
        assert watch(socket)["result"] is None
        assert until_total(socket, 2) == [2]
        happen(clickhouse, acme, 3, first=2)
        assert until_total(socket, 5)[-1] == 5
        with door.of(token_of(acme)) as other:
            known = watch(other)["result"]
            assert sum(row[1] for row in known["rows"]) == 5


def test_nothing_of_it_is_listed_told_or_kept(door, caller, acme, clickhouse, worker):
    with door.of(token_of(acme)) as socket:
        socket.subscribe()
        watch(socket)
        happen(clickhouse, acme, 1)
        assert until_total(socket, 1)[-1] == 1
        own = {"type": "unsubscribe", "topic": "realtime"}
        socket.send(**own)
        assert socket.silent()
    assert get(caller, "/reports").json()["items"] == []
    assert Report.objects.count() == ReportEvent.objects.count() == 0
    assert no_jobs_left()


def no_jobs_left(seconds=20):
    return until(lambda: not Job.objects.exists(), seconds=seconds, what="no job left")


def test_another_organization_sees_its_own(door, caller, acme, globex, clickhouse, worker):
    happen(clickhouse, acme, 4)
    happen(clickhouse, globex, 1, first=4)
    with door.of(token_of(globex)) as theirs, door.of(token_of(acme)) as own:
        assert watch(theirs)["result"] is None
        assert watch(own)["result"] is None
        assert (total(theirs.next()), total(own.next())) == (1, 4)


def test_one_socket_hears_of_several_topics(door, caller, acme, clickhouse, worker):
    happen(clickhouse, acme, 1)
    with door.of(token_of(acme)) as socket:
        socket.subscribe()
        watch(socket)
        assert total(socket.next()) == 1
        post(caller, "/reports", {"kind": "traffic", "request": {}})
        assert socket.until("report.succeeded")[0]["type"] == "report.queued"
        socket.send(type="unsubscribe")
        assert socket.silent()
        post(caller, "/reports", {"kind": "traffic", "request": {"period": "today"}})
        happen(clickhouse, acme, 1, first=1)
        with door.of(token_of(acme)) as other:
            watch(other)
            assert until_total(other, 2)[-1] == 2
        assert socket.silent()


def test_a_new_subscription_takes_the_place_of_the_topics_last(
    door, caller, acme, clickhouse, worker
):
    happen(clickhouse, acme, 1)
    with door.of(token_of(acme)) as socket:
        watch(socket)
        watch(socket, metrics=["events", "clicks"])
        columns = {column["name"] for column in socket.next()["result"]["columns"]}
        assert "clicks" in columns
        refused = socket.ask(type="subscribe", topic="realtime", last="9d")
        assert (refused["topic"], refused["error"]["status"]) == ("realtime", 400)
        happen(clickhouse, acme, 1, first=1)
        assert until_total(socket, 2)[-1] == 2


def test_filters_and_breakdowns_may_be_asked_for(door, caller, acme, clickhouse, worker):
    happen(clickhouse, acme, 2)
    leaf = {"field": "source", "operator": "eq", "value": "google"}
    with door.of(token_of(acme)) as socket:
        watch(socket, breakdown=["source"], filters=[leaf])
        assert [row[1:] for row in socket.next()["result"]["rows"]] == [["google", 2]]


@contextmanager
def failing(clickhouse, wired, error):
    """A worker whose engine raises while `error` holds something."""

    def compute(query, **how):
        def run():
            if error:
                raise error[0]
            return answer()

        return Computed(run, [[7]], columns=(Column("events", "integer", "metric"),))

    kinds = {**KINDS, "realtime": replace(KINDS["realtime"], compute=compute)}
    with working(clickhouse, wired, kinds):
        yield


def test_an_engine_that_fails_is_told_and_recovers_by_itself(door, caller, acme, clickhouse, wired):
    error = [QueryRejected()]
    with failing(clickhouse, wired, error), door.of(token_of(acme)) as socket:
        watch(socket)
        message = socket.next()
        assert (message["type"], message["topic"]) == ("error", "realtime")
        assert message["error"]["code"] == "query-rejected"
        with door.of(token_of(acme)) as late:
            assert watch(late)["result"] is None
            assert late.next()["error"]["code"] == "query-rejected"
        error.clear()
        assert total(socket.next(30)) == 7


def test_what_may_not_be_read_is_refused_and_the_socket_stays(door, caller, acme):
    days.record({(str(acme.id), now().date()): days.DayCount(10**9, 10**9, now())})
    Organization.objects.filter(pk=acme.pk).update(rows_per_query=10)
    with door.of(token_of(acme)) as socket:
        refused = socket.ask(type="subscribe", topic="realtime", **LAST)
        assert refused["error"]["code"] == "query-too-expensive"
        assert socket.silent()


def test_an_organization_watches_few_different_questions(door, caller, acme):
    token = token_of(acme)
    with ExitStack() as opened, door.of(token) as socket:
        for minutes in range(1, 21):
            watch(opened.enter_context(door.of(token)), last=f"{minutes}m")
        refused = socket.ask(type="subscribe", topic="realtime", last="21m")
        assert refused["error"]["status"] == 429
        assert watch(socket, last="20m")


def standing(acme, at, body=LAST):
    tenant = acme.as_tenant()
    return jobs.stand(kind="realtime", body=body, tenant=tenant, now=at, timeout_seconds=30)


def test_a_standing_job_is_shared_with_who_asks_the_same(caller, acme):
    at = now()
    job = standing(acme, at)
    assert standing(acme, at).pk == job.pk
    report = jobs.submit(
        kind="realtime",
        body=LAST,
        tenant=acme.as_tenant(),
        subject="key:1",
        now=at,
        timeout_seconds=30,
    )
    assert report.job_id == job.pk
    jobs.forget(job.pk, now=at)
    assert Job.objects.get().state == "queued"


def test_a_standing_job_nobody_waits_for_ends(caller, acme):
    at = now()
    job = standing(acme, at)
    jobs.forget(job.pk, now=at)
    assert Job.objects.get().state == "cancelled"
    jobs.forget(job.pk, now=at)
    jobs.forget(job.pk, now=at)
    assert not Job.objects.exists()


def test_what_a_dead_process_has_left_is_swept(caller, acme):
    at = now()
    job = standing(acme, at)
    stored = results.write(job, Result([[1]]))
    assert lifecycle.drop_queued(job, now=at)
    assert expiry.sweep(now=at + timedelta(hours=1)) == 0
    assert expiry.sweep(now=at + expiry.UNTOLD + timedelta(hours=1)) == 1
    assert not Job.objects.exists()
    assert not result_store().exists(stored.name)
