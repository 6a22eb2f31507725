"""Funnels against `windowFunnel`, which tells no times and miscounts repeated steps."""

from tests.benchmarks.analysis.studied import Study

QUARTER = {"start": "2026-01-01", "end": "2026-04-02"}
WITHIN = (
    "FROM trellis.analytics_events WHERE organization_id = {organization:String}"
    " AND event_date BETWEEN '2026-01-01' AND '2026-04-02' AND is_bot = 0"
)
THREE = ("view", "click", "purchase")
EIGHT = ("view", "click", "view", "scroll", "view", "click", "add_to_cart", "purchase")


def funnel_by_hand(steps):
    """Return the usual SQL of a funnel of two weeks."""
    tests = ", ".join(f"event_name = '{name}'" for name in steps)
    level = f"windowFunnel(1209600)(toDateTime(event_time), {tests})"
    named = ", ".join(f"'{name}'" for name in sorted(set(steps)))
    per_visitor = (
        f"SELECT visitor_hash, {level} AS level {WITHIN} AND event_name IN ({named})"
        " GROUP BY visitor_hash"
    )
    return f"SELECT level, count() FROM ({per_visitor}) GROUP BY level ORDER BY level"


def funnel(names, **more):
    """Return the request for a funnel."""
    return {"steps": [{"event": name} for name in names], "time_range": QUARTER, **more}


STUDIES = (
    Study(
        "funnel of 3 steps, counts alone",
        "funnel",
        funnel(THREE, times=False),
        funnel_by_hand(THREE),
        1.5,
    ),
    Study("funnel of 3 steps with times", "funnel", funnel(THREE), funnel_by_hand(THREE), 3),
    Study(
        "funnel of 8 steps, exclusions hardly met",
        "funnel",
        funnel(EIGHT, exclusions=[{"event": "refund", "from_step": 1, "to_step": 8}]),
        funnel_by_hand(EIGHT),
        4,
    ),
    Study(
        "funnel of 8 steps, exclusions met",
        "funnel",
        funnel(EIGHT, exclusions=[{"event": "search", "from_step": 1, "to_step": 8}]),
        funnel_by_hand(EIGHT),
        4,
    ),
)
