"""Killing any process, or emptying Redis, loses no accepted event; nor a report when a door dies.

What else may happen to reports stands in `tests/faults/`.
"""

import itertools
import uuid
from typing import Any

import pytest

from tests.live import work
from tests.live.client import FINAL, receive, subscribe
from tests.live.stack import until

KILLED = ["web", "worker", "redis", "beat"]
# Longer than the lease and than every socket's patience.
FROZEN_SECONDS = 5
FAULTS = [*KILLED, "flushall", "freeze redis", "freeze worker"]


@pytest.fixture(scope="module", autouse=True)
def settled(stack):
    """Every process is back before the next module begins."""
    yield
    until(stack.ready, seconds=60, every=0.2, what="readiness after the kills")


def strike(stack, fault):
    """Do the harm called `fault`; returns what must be waited for afterwards."""
    if fault == "flushall":
        stack.flushall()
        return lambda: None
    if fault.startswith("freeze "):
        stack.freeze(fault.removeprefix("freeze "), FROZEN_SECONDS)
        return lambda: None
    pid = stack.kill9(fault)
    return lambda: stack.replaced(fault, pid)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_struck_in_its_middle_stores_every_event_once(stack, client, fault):
    with work.Sender(client, batches=24) as sender:
        assert sender.halfway.wait(60)
        assert len(sender.accepted) < 24 * work.BATCH
        recovered = strike(stack, fault)
    recovered()
    expected = 24 * work.BATCH
    assert len(sender.accepted) == expected
    until(lambda: work.count(client) >= expected, seconds=90, every=0.3, what="storing")
    assert work.stored_ids(client) == dict.fromkeys(sender.accepted, 1)


def test_an_import_under_blow_after_blow_stores_every_event_once(stack, client):
    with work.Sender(client, batches=60) as sender:
        for fault in ("worker", "redis", "worker", "flushall", "web", "worker"):
            strike(stack, fault)()
    expected = 60 * work.BATCH
    assert len(sender.accepted) == expected
    until(lambda: work.count(client) >= expected, seconds=90, every=0.3, what="storing")
    assert work.stored_ids(client) == dict.fromkeys(sender.accepted, 1)


def test_a_worker_killed_in_the_middle_of_an_insert_group_stores_it_once(stack, client):
    sent = itertools.count()

    def hit():
        client.send(work.events(next(sent), size=5_000), key=str(uuid.uuid4()))
        until(lambda: open_groups(stack), every=0.002, what="an open insert group")
        pid = stack.kill9("worker")
        struck = open_groups(stack) > 0
        stack.replaced("worker", pid)
        return struck

    until(hit, seconds=120, what="a kill while a group was open")
    expected = {str(batch): 5_000 for batch in range(next(sent))}
    asked = work.WINDOW | {"metrics": ["events"], "dimensions": ["properties.batch"]}
    until(lambda: work.count(client) >= sum(expected.values()), every=0.3, what="storing")
    assert dict(client.query(asked)["rows"]) == expected


def open_groups(stack):
    """Return how many insert groups are being stored."""
    [[count]] = stack.relational("SELECT count(*) FROM enrichment_insertgroup WHERE state = 'open'")
    return count


def test_events_sent_again_without_a_key_while_the_worker_dies_are_stored_once(stack, client):
    for key in ("first", "second", "third"):
        for batch in range(4):
            client.send(work.events(batch), key=f"{key}-{batch}")
        if key == "second":
            pid = stack.kill9("worker")
    stack.replaced("worker", pid)
    # What is sent last is stored last: once it is seen, the repeats have been dealt with.
    client.send(work.events("last", size=1), key="last")
    ids = dict.fromkeys(
        [event["event_id"] for batch in (*range(4), "last") for event in work.events(batch)][:2001],
        1,
    )
    until(lambda: "last-0" in work.stored_ids(client), seconds=60, what="storing")
    assert work.stored_ids(client) == ids


def test_a_submit_repeated_over_a_web_kill_is_one_report(stack, client):
    key = {"key": "the-one"}
    first = client.submit("query", work.WINDOW | {"metrics": ["events"]}, **key)
    pid = stack.kill9("web")
    again = client.submit("query", work.WINDOW | {"metrics": ["events"]}, **key)
    stack.replaced("web", pid)
    assert again["id"] == first["id"]
    assert client.finished(first["id"])["status"] == "succeeded"
    assert len(client.request("GET", "/reports").json()["items"]) == 1


def test_a_socket_that_reconnects_gets_every_state_change_once(stack, client):
    with client.socket() as socket:
        subscribe(socket)
        first = client.submit("query", work.WINDOW | {"metrics": ["events"]})
        cursor = _finish(socket, first)["cursor"]
        pid = stack.kill9("ws")
    missed = [client.submit("query", work.WINDOW | {"metrics": [name]}) for name in _METRICS]
    for report in missed:
        client.finished(report["id"])
    stack.replaced("ws", pid)
    until(lambda: stack.pid("ws"), what="a new ws")
    with _connected(client) as socket:
        subscribe(socket, since=cursor)
        seen: list[dict[str, Any]] = []
        while len([m for m in seen if m["type"] == "report.succeeded"]) < len(missed):
            seen.append(receive(socket, _is_move))
    cursors = [message["cursor"] for message in seen]
    assert cursors == sorted(set(cursors))
    assert min(cursors) > cursor
    moves = [(m["report"]["id"], m["type"]) for m in seen]
    for report in missed:
        kinds = [kind for owner, kind in moves if owner == report["id"]]
        assert kinds == ["report.queued", "report.started", "report.succeeded"]


def test_nothing_is_left_running_or_queued(client, heavy):
    for caller in (client, heavy):
        reports = caller.request("GET", "/reports", params={"limit": 200}).json()["items"]
        assert {report["status"] for report in reports} <= FINAL


_METRICS = ("events", "visitors", "page_views")


def _is_move(message):
    return message["type"] not in {"subscribed", "report.progress"}


def _finish(socket, report):
    return receive(
        socket, lambda m: m["type"] == "report.succeeded" and m["report"]["id"] == report["id"]
    )


def _connected(client):
    return until(lambda: _try(client), seconds=30, every=0.2, what="a connection to the new ws")


def _try(client):
    try:
        return client.socket()
    except OSError:
        return None
