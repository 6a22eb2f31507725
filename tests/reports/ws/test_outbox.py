"""What waits for one socket stays bounded and loses no state change."""

from reports.ws.history import Event
from reports.ws.outbox import PROGRESSES, STATES, Outbox


def event(cursor, report="r", *, final=False):
    return Event(cursor, report, final, f"state {cursor}")


def asleep():
    """Nobody has to be woken."""


def current(position=0, only=None, wake=asleep):
    """Return an outbox that has caught up."""
    outbox = Outbox(position, only, wake)
    outbox.refill([], position)
    return outbox


def test_state_changes_come_out_in_order_and_once():
    outbox = current()
    for cursor in (1, 2, 2, 1, 3):
        outbox.offer(event(cursor))
    assert list(outbox.take()) == ["state 1", "state 2", "state 3"]


def test_what_does_not_fit_is_read_again_from_where_it_stopped():
    outbox = current()
    for cursor in range(1, 1000):
        outbox.offer(event(cursor))
    assert outbox.behind
    assert len(list(outbox.take())) == STATES == outbox.position
    outbox.refill([event(STATES + 1)], 999)
    assert outbox.behind
    outbox.refill([event(999)], 999)
    assert not outbox.behind
    assert list(outbox.take()) == [f"state {STATES + 1}", "state 999"]


def test_events_that_are_no_longer_kept_are_passed_over():
    outbox = Outbox(3, None, asleep)
    outbox.refill([], 10)
    assert (outbox.position, outbox.behind) == (10, False)


def test_of_progress_only_the_newest_of_few_reports_is_kept():
    outbox = current(position=7)
    for number in range(1000):
        outbox.progress(f"r{number % 100}", str(number))
    sent = list(outbox.take())
    assert len(sent) == PROGRESSES
    assert sent[0] == '{"type":"report.progress","cursor":7,"report":900}'


def test_an_end_takes_back_the_progress_that_waited():
    outbox = current()
    outbox.progress("r", "1")
    outbox.offer(event(1, final=True))
    assert list(outbox.take()) == ["state 1"]


def test_one_report_alone_may_be_watched():
    outbox = current(only="mine")
    outbox.offer(event(1, "other"))
    outbox.progress("other", "1")
    outbox.offer(event(2, "mine"))
    assert list(outbox.take()) == ["state 2"]
    assert outbox.position == 2


def test_whoever_sends_is_woken_when_there_is_something_to_do():
    woken: list[int] = []
    outbox = current(wake=lambda: woken.append(1))
    woken.clear()
    outbox.offer(event(1))
    outbox.progress("r", "1")
    assert len(woken) == 2
    outbox.offer(event(1))
    assert len(woken) == 2


def test_a_reader_begins_where_its_snapshot_ends():
    outbox = Outbox(0, None, asleep)
    outbox.offer(event(4))
    fallen = []
    for position in (3, 4, 6):
        outbox.settle(position, head=4)
        fallen.append(outbox.behind)
    assert fallen == [True, False, False]
    for cursor in (5, 6, 7):
        outbox.offer(event(cursor))
    assert list(outbox.take()) == ["state 7"]
