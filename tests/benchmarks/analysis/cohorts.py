"""Twelve weekly cohorts against SQL written by hand."""

from tests.benchmarks.analysis.studied import Study

AIM = 1.3
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


def _same(answer, rows):
    """Tell whether an answer's cells are those fetched by hand, which has no empty ones."""
    ours = [(row[0], row[2], row[3]) for row in answer["rows"] if row[3]]
    theirs = [(day.isoformat(), period, float(value)) for day, period, value in rows if value]
    return [(*cell, round(value, 4)) for *cell, value in ours] == [
        (*cell, round(value, 4)) for *cell, value in theirs
    ]


def _study(name, more, sql):
    return Study(f"cohorts, {name}", "cohorts", ASKED | more, sql, AIM, _same)


STUDIES = (
    _study(
        "retention by first week",
        {"retention_type": "first_in_range"},
        f"SELECT cohort, {WEEK}, count() FROM ({ACTIVE}) AS active"
        f" JOIN ({FIRSTS}) AS firsts USING visitor_hash WHERE {LATER}",
    ),
    _study(
        "retention by every week",
        {"retention_type": "recurring"},
        f"SELECT cohort, {WEEK}, count() FROM ({ACTIVE}) AS active"
        f" JOIN ({BEGINS}) AS began USING visitor_hash WHERE {LATER}",
    ),
    _study(
        "revenue by first week",
        {"retention_type": "first_in_range", "metric": "revenue"},
        f"SELECT cohort, {WEEK}, sum(conversion_value)"
        f" FROM (SELECT visitor_hash, toMonday(event_date) AS week, conversion_value {SEEN}) AS e"
        f" JOIN ({FIRSTS}) AS firsts USING visitor_hash WHERE {LATER}",
    ),
)
