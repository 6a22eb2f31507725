"""Waiting for a report: ended before, while waiting, never; and how many may wait."""

import threading
import time
from uuid import uuid4

import pytest
from django.db import connections

from reports import jobs, lifecycle, waiting
from tests.reports.builders import KEEP, after, claim, submit

pytestmark = pytest.mark.django_db(transaction=True)


def Waiters(limit=32):  # noqa: N802
    """Nobody brings word but the test: no thread of its own looks for a Redis that is not there."""
    return waiting.Waiters(limit, listen=lambda wake: None)


def in_thread(waiters, report, seconds, answers: list[bool]):
    def wait():
        try:
            answers.append(waiters.wait(report.pk, seconds))
        finally:
            connections.close_all()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_report_that_has_ended_needs_no_waiting(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    assert Waiters().wait(report.pk, 20)


def test_no_time_and_no_report_are_no_answer(acme):
    assert not Waiters().wait(submit(acme).pk, 0)
    assert not Waiters().wait(submit(acme).pk, 0.3)
    assert not Waiters().wait(uuid4(), 0.01)


def test_the_row_is_looked_at_where_no_word_comes(acme):
    report, waiters = submit(acme), Waiters()
    answers: list[bool] = []
    thread = in_thread(waiters, report, 20, answers)
    assert lifecycle.succeed(claim(), {}, now=after(1), keep=KEEP)
    thread.join(10)
    assert answers == [True]


def test_a_word_wakes_only_those_who_wait_for_it(acme):
    mine, other = submit(acme), submit(acme, question="other")
    waiters = Waiters()
    mine_answers: list[bool] = []
    other_answers: list[bool] = []
    threads = [
        in_thread(waiters, mine, 20, mine_answers),
        in_thread(waiters, other, 20, other_answers),
    ]
    until(lambda: len(waiters._bells) == 2)
    waiters.wake(str(mine.pk))
    threads[0].join(10)
    assert (mine_answers, other_answers) == ([True], [])
    waiters.wake(str(other.pk))
    threads[1].join(10)
    assert other_answers == [True]
    assert not waiters._bells


def test_one_too_many_does_not_wait(acme):
    report, waiters = submit(acme), Waiters(limit=1)
    answers: list[bool] = []
    thread = in_thread(waiters, report, 20, answers)
    until(lambda: waiters._bells)
    assert not waiters.wait(report.pk, 20)
    waiters.wake(str(report.pk))
    thread.join(10)
    assert answers == [True]
    assert jobs.cancel(report, now=after(1)).status == "cancelled"
    assert waiters.wait(report.pk, 1)
