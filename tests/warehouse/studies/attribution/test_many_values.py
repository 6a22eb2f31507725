"""Of very many values the most frequent have rows; totals stay those of all, and it is said."""

from decimal import Decimal

import pytest

from tests.warehouse.asking import tell
from tests.warehouse.studies.attribution.asking import ask
from tests.warehouse.studies.attribution.test_definitions import bought
from warehouse.studies.kept import MOST_VALUES, REST, Kept

pytestmark = pytest.mark.django_db
MODELS = ["last_touch", "markov"]


def test_values_beyond_the_most_are_summed_up_as_one():
    kept = Kept(set(), most=2)
    for value in ("a", "b", "c", "d", "a", ""):
        kept.add((value, "", 1), [1, 10])
    assert kept == {
        ("a", "", 1): [2, 20],
        ("b", "", 1): [1, 10],
        (REST, "", 1): [2, 20],
        ("", "", 1): [1, 10],
    }


@pytest.fixture(scope="module")
def organization(clickhouse):
    """Two conversions through `often`, and one each through more values than are kept apart."""
    each = [
        bought(0, visitor_id=f"v{number}", content=f"c{number}", value=Decimal("0.01"))
        for number in range(MOST_VALUES + 50)
    ]
    often = [bought(0, visitor_id=f"o{number}", content="often", value=7) for number in range(2)]
    return tell(clickhouse, *each, *often)


def test_the_most_frequent_are_shown_and_all_are_counted(clickhouse, organization):
    asked = {"dimension": "content", "models": MODELS, "limit": 50_000}
    found = ask("attribution", clickhouse, organization, **asked)
    counts = found["meta"]["counts"]
    assert counts["conversions"] == MOST_VALUES + 52
    assert counts["revenue"] == Decimal(MOST_VALUES + 50) / 100 + 14
    assert found["meta"]["truncated"] is True
    touched = [row for row in found["rows"] if row[1] == "last_touch"]
    assert touched[0][:4] == ["often", "last_touch", 2, 14]
    assert len(touched) == MOST_VALUES
    assert all(REST not in row[0] for row in found["rows"])
    assert sum(row[2] for row in touched) < counts["conversions"]


def test_few_values_are_all_shown(clickhouse):
    found = ask("attribution", clickhouse, tell(clickhouse, bought(0, content="a")), models=MODELS)
    assert found["meta"]["truncated"] is False
