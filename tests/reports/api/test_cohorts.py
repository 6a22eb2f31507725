"""`GET` and `POST /analytics/cohorts`."""

from tests.reports.doors import bad_fields, get, post

SEED = "/analytics/cohorts?cohort_type=weekly&metric=retention&periods=12"
JANUARY = "start_date=2024-01-01&end_date=2024-01-14"


def test_the_seeds_own_address_works(caller, worker, clicks):
    answer = get(caller, SEED, Prefer="wait=30")
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert [column["name"] for column in document["columns"]] == [
        "cohort", "size", "period", "value", "rate", "mature",
    ]  # fmt: skip
    assert len(document["rows"]) == 144
    assert document["rows"][-1][5] is False
    assert document["meta"]["truncated"] is False


def test_get_and_post_are_the_same_question(caller, worker, clicks):
    address = f"/analytics/cohorts?{JANUARY}&start_event=click&periods=2&timezone=UTC"
    by_get = get(caller, address, Prefer="wait=30")
    body = {
        "time_range": {"start": "2024-01-01", "end": "2024-01-14"},
        "start_event": {"event": "click", "filters": []},
        "periods": 2,
        "timezone": "UTC",
    }
    by_post = post(caller, "/analytics/cohorts", body, Prefer="wait=0")
    assert by_post.content == by_get.content
    rows = by_get.json()["rows"]
    assert [row[0] for row in rows] == ["2024-01-01", "2024-01-01", "2024-01-08", "2024-01-08"]
    assert rows[0][1] == by_get.json()["meta"]["counts"]["cohort_visitors"] > 0


def test_another_organizations_events_are_in_no_cohort(stranger, worker, clicks):
    rows = get(stranger, f"/analytics/cohorts?{JANUARY}", Prefer="wait=30").json()["rows"]
    assert len(rows) == 4


def test_bad_parameters_are_named_as_they_were_written(caller):
    answer = get(caller, "/analytics/cohorts?start_date=2024-01-02&end_date=2024-01-03&cohort=x")
    assert answer.status_code == 400
    assert set(bad_fields(answer)) == {"cohort"}
    answer = get(caller, "/analytics/cohorts?start_date=2024-01-02&end_date=2024-01-03")
    assert set(bad_fields(answer)) == {"start_date"}
