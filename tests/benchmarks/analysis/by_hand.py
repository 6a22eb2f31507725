"""Five questions of a dashboard, each as the API takes it and as SQL written by hand.

The hand-written ones are what somebody writes who knows the table, its sorting key and its hash
of the visitor, and who needs to serve this one question only.
"""

from dataclasses import dataclass
from datetime import date

import orjson

MONTH = {"start": "2026-03-01", "end": "2026-03-31"}
WITHIN = (
    "FROM trellis.analytics_events WHERE organization_id = {organization:String}"
    " AND event_date BETWEEN '2026-03-01' AND '2026-03-31' AND is_bot = 0"
)


@dataclass(frozen=True, slots=True)
class Question:
    """The same question twice."""

    name: str
    asked: dict[str, object]
    tail: tuple[str, ...]

    @property
    def body(self):
        """Return the request's JSON."""
        return orjson.dumps({"time_range": MONTH, "timezone": "UTC", **self.asked})

    @property
    def sql(self):
        """Return the statement written by hand."""
        columns, condition, end = self.tail
        return " ".join(("SELECT", columns, WITHIN, condition, end))


def _best(metric, direction="desc"):
    return [{"field": metric, "direction": direction}]


QUESTIONS = (
    Question(
        "traffic by day",
        {"metrics": ["events", "page_views", "visitors"], "granularity": "day"},
        (
            "event_date, count(), sum(page_views), uniqExact(visitor_hash)",
            "",
            "GROUP BY event_date ORDER BY event_date",
        ),
    ),
    Question(
        "top sources",
        {
            "dimensions": ["source", "medium"],
            "metrics": ["visitors", "events", "page_views"],
            "order_by": _best("visitors"),
            "limit": 20,
        },
        (
            "source, medium, uniqExact(visitor_hash) AS visitors, count(), sum(page_views)",
            "",
            "GROUP BY source, medium ORDER BY visitors DESC, source, medium LIMIT 20",
        ),
    ),
    Question(
        "campaigns with revenue",
        {
            "dimensions": ["campaign_id"],
            "metrics": ["revenue", "conversions", "events"],
            "filters": [{"field": "campaign_id", "operator": "is_not_null"}],
            "order_by": _best("revenue"),
            "limit": 100,
        },
        (
            "campaign_id, sum(conversion_value) AS revenue, countIf(conversion_event != ''),"
            " count()",
            "AND campaign_id != ''",
            "GROUP BY campaign_id ORDER BY revenue DESC, campaign_id LIMIT 100",
        ),
    ),
    Question(
        "country by device, paid channels only",
        {
            "dimensions": ["country", "device_type"],
            "metrics": ["visitors", "events"],
            "filters": [
                {
                    "field": "channel",
                    "operator": "in",
                    "values": ["Paid Search", "Paid Social", "Display"],
                }
            ],
            "order_by": _best("visitors"),
            "limit": 100,
        },
        (
            "country, device_type, uniqExact(visitor_hash) AS visitors, count()",
            "AND channel IN ('Paid Search', 'Paid Social', 'Display')",
            "GROUP BY country, device_type ORDER BY visitors DESC, country, device_type LIMIT 100",
        ),
    ),
    Question(
        "top paths with a word, of one plan",
        {
            "dimensions": ["path"],
            "metrics": ["page_views", "visitors"],
            "filters": [
                {"field": "path", "operator": "contains", "value": "trellis"},
                {"field": "properties.plan", "operator": "eq", "value": "pro"},
            ],
            "order_by": _best("page_views"),
            "limit": 20,
        },
        (
            "path, sum(page_views) AS views, uniqExact(visitor_hash)",
            "AND path LIKE '%trellis%' AND properties['plan'] = 'pro'",
            "GROUP BY path ORDER BY views DESC, path LIMIT 20",
        ),
    ),
)


def same(answer, rows):
    """Tell whether an answer's rows are those fetched by hand."""
    ours = [tuple(map(_plain, row)) for row in orjson.loads(answer)["rows"]]
    return ours == [tuple(map(_plain, row)) for row in rows]


def _plain(cell):
    if isinstance(cell, date):
        return cell.isoformat()
    if cell is None or isinstance(cell, str):
        return cell or ""
    return round(float(cell), 4)
