"""Every question is put to both engines: embedded, and a server over HTTP."""

import pytest


@pytest.fixture(scope="session", params=["embedded", "http"])
def clickhouse(request):
    """The engine under test."""
    return request.getfixturevalue(f"{request.param}_engine")
