"""`manage.py explain`: a plan and its SQL, told without an engine."""

import io
import json
import sys
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from warehouse.clock import now
from warehouse.models import Day
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db
QUERY = {
    "dimensions": ["url"],
    "metrics": ["events"],
    "filters": [{"field": "source", "operator": "eq", "value": "it's google"}],
    "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
}


@pytest.fixture
def explain(tmp_path, capsys):
    """Explain a body and return what is printed."""

    def run(body, *arguments):
        file = tmp_path / "request.json"
        file.write_text(body if isinstance(body, str) else json.dumps(body))
        call_command("explain", str(file), *arguments)
        return capsys.readouterr().out

    return run


def test_tables_window_columns_and_sql_are_told(explain):
    told = explain(QUERY)
    assert "2024-01-01T00:00:00+00:00 to 2024-02-01T00:00:00+00:00" in told
    assert "taken  events" in told
    assert "passed acquisition_1d   has no url" in told
    assert "dimension" in told
    assert "SELECT" in told
    sql, _, parameters = told.partition("Parameters")
    assert "google" not in sql
    assert "it's google" in parameters
    assert "0 rows" in told


def test_the_organizations_own_days_zone_and_limit_count(explain, acme):
    Day.objects.create(
        organization_id=acme.pk, day=date(2024, 1, 7), rows=12_345, bytes=1, watermark=now()
    )
    Organization.objects.update(timezone="Europe/Berlin", rows_per_query=100)
    told = explain(QUERY, "--organization", "acme")
    assert "12,345 rows" in told
    assert "2024-01-01T00:00:00+01:00" in told
    assert "refused: acme may read 100 rows" in told


def test_every_part_of_a_kind_is_told(explain):
    told = explain(
        {"campaign_id": "summer", "compare": "previous_year", "totals": True, "sample": 0.5},
        "--kind",
        "campaigns",
    )
    assert "compared with" in told
    assert "SQL of the totals" in told
    assert '"sampled":0.5' in told
    assert "'summer'" in told


def test_a_request_may_come_by_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"period": "today"}')))
    call_command("explain", "-")
    assert "taken" in capsys.readouterr().out


def test_bad_fields_are_all_named(explain):
    body = {"metrics": ["evnets"], "limit": -1, "filters": [{"field": "source"}]}
    with pytest.raises(CommandError) as refused:
        explain(body)
    told = str(refused.value)
    assert all(name in told for name in ("metrics[0]", "limit", "filters[0].operator", "events"))


@pytest.mark.parametrize(
    ("body", "arguments", "said"),
    [
        ("{", (), "no JSON"),
        ("[]", (), "JSON object"),
        ("{}", ("--organization", "acme"), "no organization 'acme'"),
    ],
)
def test_what_cannot_be_read_is_said(explain, body, arguments, said):
    with pytest.raises(CommandError, match=said):
        explain(body, *arguments)


def test_a_file_that_is_not_there_is_said():
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("explain", "/nowhere/at-all.json")
