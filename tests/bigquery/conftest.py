"""A stand-in of BigQuery, and a station of errands that copies to it."""

import threading
import uuid

import pytest

from tests.bigquery.service import Service
from tests.custody.conftest import results  # noqa: F401
from tests.custody.stations import Station
from tests.reports.doors import wired  # noqa: F401
from warehouse.copying.rounds import Copier
from warehouse.dataset import Dataset
from warehouse.sources import bigquery
from warehouse.sources.bigquery import BigQuery

DATASET = Dataset.of("bigquery://a-project/copies?location=EU")


@pytest.fixture
def service(monkeypatch):
    """BigQuery's service, empty; tries follow each other without a pause."""
    monkeypatch.setattr(bigquery, "PAUSE_SECONDS", 0)
    found = Service()
    yield found
    found.stop()


@pytest.fixture
def source(service):
    """Our end of it."""
    found = BigQuery(DATASET, service.url, 2**30)
    yield found
    found.close()


class Copying(Station):
    """A worker that copies as well, when it is told to."""

    def __init__(self, clickhouse, redis, source):
        super().__init__(clickhouse, redis)
        self.mine = self.copier = self.another(source)

    def another(self, source):
        """Another worker's copier."""
        return Copier(self.clickhouse, source, uuid.uuid4(), self.clock, threading.Event())

    def copy(self):
        """Copy whatever is due, without waiting for the time to look."""
        while self.mine.work_once():
            pass


@pytest.fixture
def station(db, embedded_engine, wired, results, source):  # noqa: F811
    """A worker that stores, copies and does errands."""
    return Copying(embedded_engine, wired, source)
