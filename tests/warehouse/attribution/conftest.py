"""The embedded engine; a server over HTTP is asked by the tests that invent what is asked."""

import pytest


@pytest.fixture(scope="session")
def clickhouse(embedded_engine):
    """The engine under test."""
    return embedded_engine
