"""The time that workers agree on: the database server's, whatever the machine's own clock says."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from warehouse import clock
from warehouse.worker.clock import ServerClock, agreed

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def test_the_machine_tells_the_time_where_the_database_is_a_file():
    on_a_server = connection.vendor == "postgresql"
    assert (agreed() is clock.now) is not on_a_server


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_jumps_moves_no_lease(monkeypatch, jump):
    if connection.vendor != "postgresql":
        pytest.skip("told by a database server alone; the run on PostgreSQL sees to it")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + jump)
    shared = ServerClock()
    first = shared.now()
    assert abs(first - real()) < timedelta(minutes=1)
    assert first <= shared.now()


def test_time_goes_on_while_the_server_is_out_of_reach():
    if connection.vendor != "postgresql":
        pytest.skip("told by a database server alone; the run on PostgreSQL sees to it")
    shared = ServerClock()
    first = shared.now()
    shared._ask_again = 0.0
    with connection.execute_wrapper(_refuse):
        second = shared.now()
    assert first <= second < first + timedelta(minutes=1)


def _refuse(execute, sql, params, many, context):
    raise OperationalError
