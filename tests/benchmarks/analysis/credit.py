"""Attribution and journeys against one last-touch query written by hand, on the same raw events.

By hand it is arrays of all events of a visitor, and the channel of the last one within thirty days
before a conversion: no touchpoints, no sessions, one model.
"""

import clickhouse_connect
import orjson

from tests.benchmarks.analysis.by_hand import MONTH
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.figures import Ratio, say, show
from warehouse.sources.address import Address

AIM = 2.5
ROUNDS = 5
BY_HAND = """
SELECT last, count() AS conversions, sum(revenue)
FROM
(
    SELECT conversion.2 AS revenue, arrayLast(
        e -> e.1 <= conversion.1 AND e.1 >= conversion.1 - 2592000000, history).2 AS last
    FROM
    (
        SELECT
            arraySort(groupArrayIf((toUnixTimestamp64Milli(event_time), conversion_value),
                conversion_event != '' AND event_date >= '2026-03-01')) AS conversions,
            arraySort(groupArray((toUnixTimestamp64Milli(event_time), channel))) AS history
        FROM trellis.analytics_events
        WHERE organization_id = {organization:String}
            AND event_date BETWEEN '2026-01-30' AND '2026-03-31' AND is_bot = 0
        GROUP BY visitor_hash
        HAVING notEmpty(conversions)
    )
    ARRAY JOIN conversions AS conversion
)
GROUP BY last
ORDER BY conversions DESC
"""
QUESTIONS: dict[str, tuple[str, dict[str, object]]] = {
    "attribution, all eight models": ("attribution", {}),
    "attribution, last touch": ("attribution", {"models": ["last_touch"]}),
    "attribution by campaign": ("attribution", {"dimension": "campaign_id"}),
    "journeys, paths": ("journeys", {}),
}


def run(url, asker):
    """Print and return the ratios; JSON in to JSON out against a query whose rows are fetched."""
    say("Credit for conversions against last touch written by hand: a month, thirty days back")
    client = clickhouse_connect.get_client(**Address(url).options)
    parameters = {"organization": asker.organization}

    def by_hand():
        return client.query(BY_HAND, parameters=parameters).result_rows

    try:
        expected = sum(row[1] for row in by_hand())
        return [_ratio(name, asker, by_hand, expected) for name in QUESTIONS]
    finally:
        client.close()


def _ratio(name, asker, by_hand, expected):
    kind, body = QUESTIONS[name]
    asked = orjson.dumps({"time_range": MONTH, "timezone": "UTC", **body})

    def ours():
        return asker.study(kind, asked)

    found = orjson.loads(ours())["meta"]["counts"]["conversions"]
    if found != expected:
        raise AssertionError(f"{name}: {found} conversions, by hand {expected}")
    whole, bare = turns(ours, by_hand, rounds=ROUNDS)
    ratio = Ratio(f"{name} / last touch by hand", whole, bare, "ms", AIM, at_most=True)
    show(ratio)
    return ratio
