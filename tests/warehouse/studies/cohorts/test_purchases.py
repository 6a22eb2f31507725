"""A real history: purchases of every tenth of CDNOW's customers of 1997, against pandas."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from tests.engine import store
from tests.warehouse.studies.cohorts.asking import ask

pytestmark = pytest.mark.django_db
SPAN = {"start": "1997-01-01", "end": "1998-06-30"}
NOW = datetime(1998, 7, 1, tzinfo=UTC)
MONTHS = 18


@pytest.fixture(scope="module")
def purchases():
    """Every purchase of some: whose, on which day, of how many cents."""
    found = find_spec("lifetimes")  # only its data is wanted, and importing it takes scipy
    assert found is not None
    assert found.origin is not None
    file = Path(found.origin).parent / "datasets" / "CDNOW_master.txt"
    names = ["visitor", "day", "count", "value"]
    table = pd.read_csv(file, sep=r"\s+", skiprows=1, names=names, dtype=str)
    table = table[table["visitor"].astype(int) % 10 == 0].reset_index(drop=True)
    table["cents"] = [int(Decimal(one) * 100) for one in table["value"]]
    table["month"] = pd.to_datetime(table["day"], format="%Y%m%d").dt.to_period("M")
    return table


@pytest.fixture(scope="module")
def organization(clickhouse, purchases):
    """Whose purchases they are, in the engine."""
    owner = str(uuid.uuid4())
    store(
        clickhouse,
        [
            {
                "organization_id": owner,
                "event_time": datetime.strptime(one.day, "%Y%m%d").replace(tzinfo=UTC),
                "event_name": "purchase",
                "visitor_id": one.visitor,
                "conversion_event": "purchase",
                "conversion_value": Decimal(one.cents) / 100,
            }
            for one in purchases.itertuples()
        ],
    )
    return owner


@pytest.mark.parametrize("kind", ["first_ever", "first_in_range", "recurring"])
@pytest.mark.parametrize("metric", ["retention", "events", "revenue"])
def test_months_of_customers_are_those_of_pandas(clickhouse, organization, purchases, metric, kind):
    asked = {"cohort_type": "monthly", "time_range": SPAN, "metric": metric, "retention_type": kind}
    rows = ask(clickhouse, organization, asked, now=NOW)["rows"]
    found = {(row[0][:7], row[2]): row[3] for row in rows if row[3]}
    assert found == by_pandas(purchases, metric, kind)
    assert len(rows) == MONTHS * MONTHS


def by_pandas(purchases, metric, kind):
    """Return what each month's customers did in each month after it."""
    began = purchases[["visitor", "month"]].drop_duplicates()
    if kind != "recurring":
        began = began.groupby("visitor", as_index=False)["month"].min()
    both = began.rename(columns={"month": "cohort"}).merge(purchases, on="visitor")
    both = both[both["month"] >= both["cohort"]]
    both["period"] = [(a - b).n for a, b in zip(both["month"], both["cohort"], strict=True)]
    groups = both.groupby(["cohort", "period"])
    counted = {
        "retention": groups["visitor"].nunique,
        "events": groups.size,
        "revenue": groups["cents"].sum,
    }[metric]()
    divisor = 100 if metric == "revenue" else 1
    return {
        (str(cohort), period): Decimal(int(value)) / divisor
        for (cohort, period), value in counted.items()
        if value
    }
