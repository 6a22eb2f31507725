"""The largest values that intake takes are credited to the last digit, in every view."""

from decimal import Decimal

import pytest

from tests.warehouse.asking import tell
from tests.warehouse.studies.attribution.asking import ask, table
from tests.warehouse.studies.attribution.test_definitions import DIRECT, EMAIL, SEARCH, at, bought

pytestmark = pytest.mark.django_db
MOST = Decimal("99999999999999.9999")


@pytest.fixture
def organization(clickhouse):
    return tell(
        clickhouse,
        at(-14, EMAIL, campaign_id="a"),
        at(-7, SEARCH, click_id="c1"),
        bought(0, DIRECT, MOST),
        bought(1, DIRECT, MOST),
    )


def test_credit_of_the_largest_values(clickhouse, organization):
    answer = ask("attribution", clickhouse, organization)
    revenue: dict[str, Decimal] = {}
    for row in table(answer):
        revenue[row["model"]] = revenue.get(row["model"], Decimal()) + row["revenue"]
    assert set(revenue.values()) == {2 * MOST}


def test_paths_of_the_largest_values(clickhouse, organization):
    for view in ("paths", "links"):
        answer = ask("journeys", clickhouse, organization, view=view)
        assert answer["meta"]["counts"]["revenue"] == 2 * MOST


def test_a_click_that_led_to_the_largest_value(clickhouse, organization):
    answer = ask("attribution", clickhouse, organization, click_id="c1", include_journey=True)
    assert {row["conversion_value"] for row in table(answer)} == {MOST}
