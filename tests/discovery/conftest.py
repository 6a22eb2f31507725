"""A worker of errands, for campaigns that it applies, and who asks for them at the door."""

import pytest

from tests.custody.conftest import each_station, results, station  # noqa: F401
from tests.reports.doors import caller_of, wired  # noqa: F401
from warehouse.clock import now


@pytest.fixture
def here(station):  # noqa: F811
    """The worker, at the time that the door reads."""
    station.now = now()
    return station


@pytest.fixture
def caller(here, acme):
    """A client with a key of Acme that may do everything."""
    return caller_of(acme)
