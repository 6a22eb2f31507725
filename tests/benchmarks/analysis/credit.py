"""Attribution and journeys against one last-touch query written by hand, on the same raw events.

By hand it is arrays of all events of a visitor, and the channel of the last one within thirty days
before a conversion: no touchpoints, no sessions, one model.
"""

from tests.benchmarks.analysis.by_hand import MONTH
from tests.benchmarks.analysis.studied import Study

AIM = 2.5
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


def _same(answer, rows):
    """Tell whether as many conversions are credited as were found by hand."""
    return answer["meta"]["counts"]["conversions"] == sum(row[1] for row in rows)


def _study(name, kind, **more):
    asked = {"time_range": MONTH, "timezone": "UTC", **more}
    return Study(name, kind, asked, BY_HAND, AIM, _same)


STUDIES = (
    _study("attribution, all eight models", "attribution"),
    _study("attribution, last touch", "attribution", models=["last_touch"]),
    _study("attribution by campaign", "attribution", dimension="campaign_id"),
    _study("journeys, paths", "journeys"),
)
