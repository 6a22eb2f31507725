"""Two organizations, each with its secrets, and a worker that works for both."""

from dataclasses import replace

import pytest

from reports.api import kept
from tests.custody.stations import Station
from tests.isolation.world import Side, found, happen, plant, status_of
from tests.reports.doors import wired, worker  # noqa: F401
from tests.reports.ws.conftest import door  # noqa: F401
from tests.warehouse.waiting import eventually
from warehouse.clock import now
from warehouse.custody.models import Errand

SIDES = (
    Side("0f7c3e5a-0000-4000-8000-00000000000a", "quaggashop", "quagga", "73313.31"),
    Side("0f7c3e5a-0000-4000-8000-00000000000b", "numbatshop", "numbat", "84424.42"),
)


@pytest.fixture(scope="session")
def happened(clickhouse):
    """The events of both, stored once for all tests."""
    happen(clickhouse, SIDES)


@pytest.fixture
def sides(transactional_db, happened, wired, django_user_model):  # noqa: F811
    """Both organizations, what each holds not yet worked on."""
    kept._open.cache_clear()  # this process remembers answers of the test before for seconds
    sides = tuple(replace(side, ids={}) for side in SIDES)
    for side in sides:
        found(side, django_user_model)
        plant(side, django_user_model)
    return sides


@pytest.fixture
def settled(sides, worker, clickhouse, wired):  # noqa: F811
    """Both, with their reports, erasures and exports finished."""
    for side in sides:
        eventually(lambda side=side: status_of(side, side.ids["report_id"]) == "succeeded", 60)
    station = Station(clickhouse, wired)
    station.now = now()
    station.errands()
    assert set(Errand.objects.values_list("state", flat=True)) == {"succeeded"}
    return sides
