"""The client's wrapper against the service: ids, answers that get lost, faults, limits, cancels."""

import pyarrow.parquet as pq
import pytest

from tests.bigquery.service import Service
from tests.enrichment.senders import NOW
from warehouse.exceptions import QueryRejected, SourceTimeout, SourceUnavailable
from warehouse.schema.copied import COPIED, migrations
from warehouse.sources.bigquery import BigQuery
from warehouse.sql import bigquery
from warehouse.sql.bigquery import Script


@pytest.fixture
def ready(source):
    """A dataset with its schema."""
    source.prepare(migrations())
    return source


def test_the_schema_may_be_applied_again(ready, service):
    ready.prepare(migrations())
    assert ready.tables("analytics") == ["analytics_events"]
    assert service.datasets["copies"]["maxTimeTravelHours"] == 48


def test_values_are_bound_and_jobs_are_labelled(ready, service):
    nasty = "o' OR 1=1 --"
    assert ready.run(bigquery.count(nasty, "v"), job="counting") == [(0,)]
    job = service.jobs["counting"]["configuration"]
    assert job["labels"] == {"product": "trellis", "organization": nasty.lower()}
    assert nasty not in job["query"]["query"]
    assert job["query"]["maximumBytesBilled"] == str(2**30)


def test_a_job_whose_answer_is_lost_is_found_and_not_run_twice(ready, service):
    service.losing = 1
    ready.run(bigquery.raise_fence("o", 3), job="raising")
    assert service.ran.count("raising") == 1
    assert service.rows("SELECT fence FROM copies.copy_fences") == [(3,)]


def test_a_load_whose_answer_is_lost_is_found_and_not_run_twice(ready, service, tmp_path):
    file = tmp_path / "day.parquet"
    pq.write_table(COPIED.empty_table(), file)
    service.losing = 1
    ready.stage("staging_x_1_20260301", file, owner="o", job="loading", until=NOW)
    assert service.ran.count("loading") == 1
    assert ready.tables("staging") == ["staging_x_1_20260301"]
    assert "expirationTime" in service.tables["staging_x_1_20260301"]


def test_what_fails_in_passing_is_tried_again_and_then_told(ready, service):
    service.failing = 2
    assert ready.run(bigquery.count("o")) == [(0,)]
    service.failing = 3
    with pytest.raises(SourceUnavailable):
        ready.run(bigquery.count("o"))


def test_a_job_that_does_not_end_is_cancelled(ready, service):
    service.stuck = True
    with pytest.raises(SourceTimeout):
        ready.run(bigquery.count("o"), job="slow", seconds=0.2)
    assert service.jobs["slow"]["status"]["errorResult"]["reason"] == "stopped"


def test_a_statement_that_is_wrong_is_ours_to_mend(ready):
    with pytest.raises(QueryRejected) as refused:
        ready.run(Script("SELECT FARM_FINGERPRINT('secret')"))
    assert "secret" not in refused.value.detail


def test_a_service_that_is_dead_is_unavailable(source):
    gone = Service()
    dead = BigQuery(source.dataset, gone.url, 1)
    gone.stop()
    with pytest.raises(SourceUnavailable):
        dead.run(bigquery.count("o"))
    dead.close()


def test_a_lower_fence_never_comes_back(ready, service):
    for fence in (2, 5, 4, 5):
        ready.run(bigquery.raise_fence("o", fence))
    assert service.rows("SELECT fence FROM copies.copy_fences") == [(5,)]


def test_without_a_login_a_worker_starts_and_is_told_later(source, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))
    nobody = BigQuery(source.dataset, "", 1)
    with pytest.raises(SourceUnavailable):
        nobody.run(bigquery.count("o"))
    nobody.close()
