"""Firings end though the result store fails: what it holds is told of without its rows."""

import pytest

from reports.models import Firing
from reports.schedules import endings
from reports.stores import store
from tests.reports.builders import body
from tests.reports.meddling import meddle, refuse
from tests.reports.schedules.builders import HOUR, SOURCES, answer, fire, only, schedule, settle

pytestmark = pytest.mark.django_db


def test_a_result_whose_file_is_gone_is_told_without(acme):
    schedule(acme)
    fire()
    job = answer(SOURCES)
    store().delete(job.result_name)
    settle()
    assert only().payload["result"] is None


def test_a_store_that_fails_is_waited_for_but_not_for_ever(acme, settings, monkeypatch):
    schedule(acme)
    fire()
    answer(SOURCES)
    meddle(settings, reading=refuse)
    assert settle(HOUR + 60) == 0
    assert Firing.objects.get().state == "running"
    assert settle(HOUR + 60 + int(endings.PATIENCE.total_seconds())) == 1
    assert only().payload["result"] is None


def test_a_store_that_fails_is_left_alone_until_the_next_round(acme, settings):
    tried = []

    def fail(name):
        tried.append(name)
        refuse(name)

    for number in range(endings.MOST_UNREAD + 2):
        schedule(acme, request=body(str(number)))
    fire()
    for _ in range(endings.MOST_UNREAD + 2):
        answer(SOURCES)
    meddle(settings, reading=fail)
    assert settle(HOUR + 60) == 0
    assert len(tried) == endings.MOST_UNREAD
