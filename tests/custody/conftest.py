"""A worker of errands; what must hold on both engines asks for `each_station`."""

import pytest

from tests.custody.stations import Station
from tests.reports.doors import wired  # noqa: F401


@pytest.fixture
def results(settings, tmp_path):
    """A result store of the test's own."""
    folder = tmp_path / "results"
    settings.STORAGES = {
        **settings.STORAGES,
        "results": {
            "BACKEND": "reports.stores.folder.Folder",
            "OPTIONS": {"location": str(folder)},
        },
    }
    return folder


@pytest.fixture
def station(db, embedded_engine, wired, results):  # noqa: F811
    """A worker that does errands when it is told to, on the embedded engine."""
    return Station(embedded_engine, wired)


@pytest.fixture(params=["embedded", "http"])
def each_station(request, db, wired, results):  # noqa: F811
    """The same, on the embedded engine and on a server over HTTP."""
    return Station(request.getfixturevalue(f"{request.param}_engine"), wired)
