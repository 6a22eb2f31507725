"""When a key was last used is written aside, at most once a minute."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from warehouse.clock import now
from warehouse.tenancy import keys, usage
from warehouse.tenancy.models import ApiKey
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(acme):
    return keys.issue(acme, name="n", scopes=[])[0]


def last_used(key):
    return ApiKey.objects.values_list("last_used_at", flat=True).get(pk=key.pk)


def test_a_use_is_written_by_flush_only(key):
    noted, at = usage.Usage(), now()
    noted.note(str(key.pk), at)
    assert last_used(key) is None
    assert noted.flush() == 1
    assert last_used(key) == at
    assert noted.flush() == 0


def test_a_key_is_written_once_a_minute(key):
    noted, at = usage.Usage(), now()
    for seconds, written in ((0, 1), (59, 0), (60, 1), (61, 0)):
        noted.note(str(key.pk), at + timedelta(seconds=seconds))
        assert noted.flush() == written, seconds
    assert last_used(key) == at + timedelta(seconds=60)


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_written_is_written_by_the_next_flush(key):
    def gone(*question):
        raise OperationalError

    noted, at = usage.Usage(), now()
    noted.note(str(key.pk), at)
    with connection.execute_wrapper(gone), pytest.raises(OperationalError):
        noted.flush()
    assert noted.flush() == 1
    assert last_used(key) == at


def test_the_warden_notes_each_use(acme):
    key, token = keys.issue(acme, name="n", scopes=[])
    local.LocalWarden().authenticate(token)
    usage.USAGE.flush()
    assert last_used(key) is not None


def test_the_writer_flushes_until_it_is_told_to_stop(key):
    noted, answers = usage.Usage(), iter([False, False, True])
    noted.note(str(key.pk), now())
    usage.keep_flushing(noted, lambda seconds: next(answers))
    assert last_used(key) is not None


def test_a_failed_flush_does_not_end_the_writer(key):
    class Failing(usage.Usage):
        flushes = 0

        def flush(self):
            self.flushes += 1
            raise ZeroDivisionError

    noted, answers = Failing(), iter([False, False, True])
    usage.keep_flushing(noted, lambda seconds: next(answers))
    assert noted.flushes == 2


def test_the_writer_is_a_thread_that_can_be_stopped():
    stop = usage.start(usage.Usage())
    writer = next(each for each in threading.enumerate() if each.name == "key-usage")
    stop.set()
    writer.join(timeout=10)
    assert not writer.is_alive()
