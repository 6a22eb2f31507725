"""Twelve weekly cohorts, by the engine and by SQL written by hand, at every size of the set."""

from dataclasses import dataclass

import clickhouse_connect
import orjson

from tests.benchmarks.analysis import place
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.figures import Ratio, say, show
from tests.benchmarks.traffic.growing import Full, Growing
from warehouse.sources.address import Address

AIM = 1.3
ROUNDS = 5
WEEKS = 12
ASKED = {
    "cohort_type": "weekly",
    "time_range": {"start": "2026-01-05", "end": "2026-03-29"},
    "timezone": "UTC",
}
ROWS = (
    "FROM trellis.analytics_events WHERE organization_id = {organization:String}"
    " AND visitor_id != '' AND is_bot = 0 AND event_date BETWEEN '2026-01-05' AND "
)
BEGUN, SEEN = f"{ROWS} '2026-03-29'", f"{ROWS} '2026-06-14'"
ACTIVE = f"SELECT DISTINCT visitor_hash, toMonday(event_date) AS week {SEEN}"
FIRSTS = f"SELECT visitor_hash, min(toMonday(event_date)) AS cohort {BEGUN} GROUP BY visitor_hash"
BEGINS = f"SELECT DISTINCT visitor_hash, toMonday(event_date) AS cohort {BEGUN}"
WEEK = "dateDiff('week', cohort, week) AS period"
LATER = f"period BETWEEN 0 AND {WEEKS - 1} GROUP BY cohort, period ORDER BY cohort, period"


@dataclass(frozen=True, slots=True)
class Question:
    """The same question twice: as it is asked, and as an analyst would write it."""

    name: str
    asked: dict[str, object]
    sql: str


QUESTIONS = (
    Question(
        "retention by first week",
        {"retention_type": "first_in_range"},
        f"SELECT cohort, {WEEK}, count() FROM ({ACTIVE}) AS active"
        f" JOIN ({FIRSTS}) AS firsts USING visitor_hash WHERE {LATER}",
    ),
    Question(
        "retention by every week",
        {"retention_type": "recurring"},
        f"SELECT cohort, {WEEK}, count() FROM ({ACTIVE}) AS active"
        f" JOIN ({BEGINS}) AS began USING visitor_hash WHERE {LATER}",
    ),
    Question(
        "revenue by first week",
        {"retention_type": "first_in_range", "metric": "revenue"},
        f"SELECT cohort, {WEEK}, sum(conversion_value)"
        f" FROM (SELECT visitor_hash, toMonday(event_date) AS week, conversion_value {SEEN}) AS e"
        f" JOIN ({FIRSTS}) AS firsts USING visitor_hash WHERE {LATER}",
    ),
)


def run(clickhouse, folder, asker, rows):
    """Grow the set; print the ratios at each size and return those of the last."""
    say(f"{WEEKS} weekly cohorts, JSON in to JSON out, against SQL written by hand; raw events")
    client = clickhouse_connect.get_client(**Address(place.address(folder)).options)
    growing, ratios = Growing(clickhouse, folder), []
    try:
        for growth in growing.grow(rows):
            if growth.rows or growth.total >= rows:
                place.settle(clickhouse)
                place.record_days(clickhouse)
                say(f"  {growing.stored():,} events, half of them of the organization:")
                ratios = [_ratio(one, asker, client) for one in QUESTIONS]
    except Full as full:
        say(f"  stopped at {growing.stored():,} events of {rows:,}: {full}")
    finally:
        client.close()
    return ratios


def _ratio(question, asker, client):
    parameters = {"organization": asker.organization}

    def by_hand():
        return client.query(question.sql, parameters=parameters).result_rows

    def ours():
        return asker.study("cohorts", ASKED | question.asked)

    if not _same(ours(), by_hand()):
        raise AssertionError(f"{question.name}: the engine and the hand-written SQL differ")
    whole, bare = turns(ours, by_hand, ROUNDS)
    ratio = Ratio(f"cohorts / by hand: {question.name}", whole, bare, "ms", AIM, at_most=True)
    show(ratio)
    return ratio


def _same(answer, rows):
    """Tell whether an answer's cells are those fetched by hand, which has no empty ones."""
    ours = [(row[0], row[2], row[3]) for row in orjson.loads(answer)["rows"] if row[3]]
    theirs = [(day.isoformat(), period, float(value)) for day, period, value in rows if value]
    return [(*cell, round(value, 4)) for *cell, value in ours] == [
        (*cell, round(value, 4)) for *cell, value in theirs
    ]
