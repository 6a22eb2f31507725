"""Which days' costs stand beside credit: those of the organization that begin in the window."""

from datetime import date

import pytest

from tests.warehouse.asking import NOW, tell
from tests.warehouse.studies.attribution.asking import ask, table
from tests.warehouse.studies.attribution.test_definitions import bought
from warehouse import costs
from warehouse.costs import Spent
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("zone", "start", "end", "cost"),
    [
        ("UTC", "2024-05-15T00:00:00Z", "2024-05-16T00:00:00Z", 10),
        ("UTC", "2024-05-15T00:00:01Z", "2024-05-17T00:00:00Z", 100),
        ("UTC", "2024-05-15T00:00:00Z", "2024-05-16T00:00:01Z", 110),
        ("UTC", "2024-05-15T01:00:00Z", "2024-05-15T23:00:00Z", None),
        # The 16th begins in Berlin at ten in the evening of UTC.
        ("Europe/Berlin", "2024-05-15T00:00:00Z", "2024-05-15T22:00:00Z", None),
        ("Europe/Berlin", "2024-05-15T00:00:00Z", "2024-05-15T22:00:01Z", 100),
    ],
)
def test_a_day_counts_if_it_begins_in_the_window(clickhouse, zone, start, end, cost):
    owner = str(Organization.objects.create(slug="a", name="A", timezone=zone).pk)
    tell(clickhouse, bought(0, campaign_id="summer", value=30), organization=owner)
    spent = [(14, 1), (15, 10), (16, 100), (17, 1000)]
    costs.store(
        owner,
        [Spent(date(2024, 5, day), "summer", units * 10_000) for day, units in spent],
        now=NOW,
    )
    body = {"dimension": "campaign_id", "models": ["linear", "markov"]}
    found = ask("attribution", clickhouse, owner, time_range={"start": start, "end": end}, **body)
    shown = [(row["campaign_id"], row["cost"]) for row in table(found)]
    assert shown == [("summer", cost)] * 2
    ratios = {row["roas"] and float(row["roas"]) for row in table(found)}
    assert ratios == {cost and round(30 / cost, 4)}
