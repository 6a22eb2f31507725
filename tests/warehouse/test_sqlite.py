"""Writers of the SQLite file: one at a time, whoever waits goes on at once or is told in time."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from django.db import OperationalError, connection, transaction

from warehouse.sqlite import base
from warehouse.tenancy.models import Organization

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="told of SQLite alone"),
]


def timed_out_after(seconds):
    return {**connection.settings_dict["OPTIONS"], "timeout": seconds}


def write(number):
    """Count in one row, by reading it first: a transaction that let another in would lose one."""
    try:
        with transaction.atomic():
            acme = Organization.objects.get(slug="acme")
            acme.rows_per_query = (acme.rows_per_query or 0) + number
            acme.save()
    finally:
        connection.close()


@pytest.fixture
def another():
    """A connection of another program to the same file."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as other:
        other.isolation_level = None
        yield other


def test_transactions_of_many_threads_come_one_after_the_other(acme):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, [1] * 200))
    acme.refresh_from_db()
    assert acme.rows_per_query == 200


def test_a_writer_waits_for_another_program(acme, another):
    another.execute("BEGIN IMMEDIATE")
    writing = threading.Thread(target=write, args=(7,))
    writing.start()
    another.execute("UPDATE tenancy_organization SET rows_per_query = 10")
    another.execute("COMMIT")
    writing.join()
    acme.refresh_from_db()
    assert acme.rows_per_query == 17


def test_who_waits_too_long_is_told_and_holds_up_nobody(acme, another, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", timed_out_after(0.2))
    another.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction.atomic():
        raise AssertionError("it has begun")
    another.execute("COMMIT")
    write(1)


def test_who_waits_too_long_for_a_thread_is_told(acme, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", timed_out_after(0.2))
    with (
        base._WRITING[str(connection.settings_dict["NAME"])],
        pytest.raises(OperationalError, match="locked"),
        transaction.atomic(),
    ):
        raise AssertionError("it has begun")
    write(1)


@pytest.mark.parametrize("end", ["commit", "rollback", "close", "broken"])
def test_however_a_transaction_ends_others_may_write(acme, end):
    with suppress(ZeroDivisionError), transaction.atomic():
        Organization.objects.update(name="x")
        if end == "close":
            connection.close()
        if end == "rollback":
            transaction.set_rollback(True)
        if end == "broken":
            raise ZeroDivisionError
    assert not any(turn.locked() for turn in base._WRITING.values())
    with ThreadPoolExecutor(1) as thread:
        thread.submit(write, 1).result(10)


def test_a_statement_outside_of_a_transaction_is_as_patient_as_before(acme):
    with transaction.atomic():
        pass
    found = connection.connection.execute("PRAGMA busy_timeout").fetchone()
    assert found == (connection.settings_dict["OPTIONS"]["timeout"] * 1000,)
