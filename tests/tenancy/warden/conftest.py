"""A scripted Warden for the whole run, a Warden that asks it, and a clock."""

import pytest

from tests.tenancy.warden.wardens import Clock, Process, asked
from warehouse.tenancy.warden.client import Address


@pytest.fixture(scope="session")
def scripted():
    """Where a Warden listens that does as tokens say."""
    process = Process()
    yield process.target
    process.kill()


@pytest.fixture
def mortal():
    """A scripted Warden of the test's own, to be killed."""
    process = Process()
    yield process
    process.kill()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def warden(scripted, clock, db):
    """A Warden asked over gRPC, whose memory runs by the clock."""
    with asked(Address(scripted), **clock.how) as warden:
        yield warden
