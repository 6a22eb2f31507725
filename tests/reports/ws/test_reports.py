"""The topic `reports`: snapshot, changes as they happen, and everything that was missed."""

import pytest

from reports import events
from reports.models import Report
from reports.representation import describe
from tests.reports.builders import kinds_by
from tests.reports.doors import QUERY, asked, caller_of, post, submitted, token_of, working
from warehouse.exceptions import SourceTimeout

pytestmark = pytest.mark.django_db(transaction=True)
LIFE = ["report.queued", "report.started", "report.succeeded"]


def question(number):
    return {**QUERY, "limit": number}


def test_a_subscriber_gets_a_snapshot_and_then_every_change(door, caller, acme, worker, clicks):
    with door.of(token_of(acme)) as socket:
        known = socket.subscribe()
        assert known["reports"] == []
        answer = asked(caller)
        messages = socket.until("report.succeeded")
        states = [m for m in messages if m["type"] != "report.progress"]
        assert [m["type"] for m in states] == LIFE
        assert [m["cursor"] for m in states] == [1, 2, 3]
        assert states[-1]["report"]["progress"]["fraction"] == 1
        assert answer.status_code == 200
    with door.of(token_of(acme)) as socket:
        known = socket.subscribe()
        assert [report["status"] for report in known["reports"]] == ["succeeded"]
        assert known["cursor"] == 3
        assert socket.silent()


def test_who_was_away_gets_what_it_missed_in_order_and_once(door, caller, acme):
    for number in range(1, 101):
        submitted(caller, question(number))
    with door.of(token_of(acme)) as socket:
        assert socket.subscribe(since=7)["resync"] is False
        assert [m["cursor"] for m in socket.states(93)] == list(range(8, 101))
        submitted(caller, question(101))
        assert [m["cursor"] for m in socket.states(1)] == [101]
        assert socket.silent()


def test_a_cursor_that_cannot_be_resumed_says_so(door, caller, acme):
    submitted(caller)
    with door.of(token_of(acme)) as socket:
        known = socket.subscribe(since=500)
        assert known["resync"] is True
        assert known["cursor"] == 1
        assert socket.subscribe(since=1)["resync"] is False
        assert socket.silent()


def test_one_report_alone_may_be_watched(door, caller, acme):
    mine = submitted(caller, question(1))["id"]
    with door.of(token_of(acme)) as socket:
        known = socket.subscribe(report=mine)
        assert [report["id"] for report in known["reports"]] == [mine]
        submitted(caller, question(2))
        post(caller, f"/reports/{mine}/cancel")
        [message] = socket.states(1)
        assert message["type"] == "report.cancelled"
        assert message["cursor"] == 3


def test_another_organization_sees_and_hears_nothing(door, caller, acme, globex):
    report = submitted(caller)["id"]
    with door.of(token_of(globex)) as socket:
        assert socket.subscribe(since=0)["reports"] == []
        refused = socket.ask(type="subscribe", topic="reports", report=report)
        assert refused["error"]["status"] == 404
        assert socket.subscribe()["reports"] == []
        post(caller, f"/reports/{report}/cancel")
        own = submitted(caller_of(globex))["id"]
        [message] = socket.states(1)
        assert message["report"]["id"] == own
        assert socket.silent()


def test_progress_is_passed_on_with_a_cursor_to_resume_from(door, caller, acme):
    report = submitted(caller)["id"]
    with door.of(token_of(acme)) as socket:
        socket.subscribe()
        document = describe(Report.objects.get(pk=report))
        document["progress"]["fraction"] = 0.5
        # Until the feed has joined its group nobody hears; what is repeated is heard once it has.
        heard = hear(socket, lambda: events.progressed(str(acme.id), document))
        assert heard["type"] == "report.progress"
        assert heard["cursor"] == 1
        assert heard["report"]["progress"]["fraction"] == 0.5


def hear(socket, speak, seconds=0.5, times=30):
    for _ in range(times):
        speak()
        try:
            return socket.next(seconds)
        except TimeoutError:
            continue
    raise AssertionError("nothing was heard")


def test_without_pushes_changes_come_by_polling(door, caller, acme, settings):
    layer = settings.CHANNEL_LAYERS["default"]
    nowhere = {**layer["CONFIG"], "hosts": ["redis://127.0.0.1:1/2"]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": nowhere}}
    with door.of(token_of(acme)) as socket:
        socket.subscribe()
        submitted(caller)
        [message] = socket.states(1)
        assert message["type"] == "report.queued"


def test_who_unsubscribes_hears_no_more(door, caller, acme):
    with door.of(token_of(acme)) as socket:
        socket.subscribe()
        socket.send(type="unsubscribe", topic="reports")
        assert socket.silent()
        submitted(caller)
        with door.of(token_of(acme)) as other:
            other.subscribe(since=0)
            other.states(1)
        assert socket.silent()


def test_a_slow_reader_loses_no_state_and_delays_nobody(door, caller, acme):
    for number in range(1, 4):
        submitted(caller, question(number))
    with door.of(token_of(acme)) as slow, door.of(token_of(acme)) as quick:
        slow.subscribe(since=0)
        quick.subscribe(since=3)
        for number in range(4, 204):
            submitted(caller, question(number))
        assert [m["cursor"] for m in quick.states(200)] == list(range(4, 204))
        assert [m["cursor"] for m in slow.states(203)] == list(range(1, 204))


def test_a_failed_report_says_why(door, caller, acme, clickhouse, wired):
    with working(clickhouse, wired, kinds_by(too_slow)), door.of(token_of(acme)) as socket:
        socket.subscribe()
        submitted(caller)
        failed = socket.until("report.failed")[-1]
    assert failed["report"]["error"]["status"] == 504


def too_slow(query, **_):
    raise SourceTimeout
