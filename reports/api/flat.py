"""The flat parameters of each kind that GET takes, as the OpenAPI document describes them."""

from collections.abc import Sequence

from reports.api.questions import (
    CLICK,
    COMMON,
    EVENT,
    GRANULARITY,
    HALF_LIFE,
    JOURNEYS,
    LAST,
    PERIOD,
)
from reports.api.shapes import TEXT, Schema, reference
from reports.kinds import KINDS, Kind
from warehouse.language import catalog
from warehouse.language.studies.attribution import RULES

Parameter = tuple[str, str, Schema]
FLAG: Schema = {"type": "boolean"}


def commas(names: Sequence[str]) -> Schema:
    """Return the schema of some of `names`, by commas."""
    one = "|".join(names)
    return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


COMMON_PARAMETERS: tuple[Parameter, ...] = (
    ("start_date", "A day or an RFC 3339 time.", TEXT),
    ("end_date", "A day, which is included whole, or an RFC 3339 time.", TEXT),
    ("period", "Instead of the two dates.", PERIOD),
    ("timezone", "IANA name; default: the organization's.", reference("TimeZone")),
    (
        "granularity",
        "The width of a bucket; default: day in traffic, minute in realtime.",
        GRANULARITY,
    ),
    ("group_by", "Another name of `granularity`.", GRANULARITY),
    ("metrics", "By commas; default: the usual ones.", commas(tuple(catalog.METRICS))),
    ("breakdown", "Dimensions, by commas.", TEXT),
    ("filters", "Filters as JSON, as in the body of POST.", TEXT),
    ("include_bots", "Count bots too.", FLAG),
    ("order_by", "`FIELD` or `FIELD:desc`, by commas.", TEXT),
    ("limit", "Most rows.", {"type": "integer", "minimum": 1, "maximum": 50_000}),
    ("offset", "Rows to skip.", COMMON["offset"]),
    ("compare", "Which earlier window stands beside each metric.", COMMON["compare"]),
    ("totals", "Add the same metrics of all rows together.", FLAG),
    ("sample", "The share of visitors to look at.", COMMON["sample"]),
    ("week_start", "On which day weeks begin.", COMMON["week_start"]),
    ("exact", "Take no table that counts many distinct values roughly.", FLAG),
)
OWN_PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "campaigns": (
        ("campaign_id", "Only these campaigns: by commas, or repeated; default: all.", TEXT),
        ("include_unassigned", "Also the events of no campaign, in a row of null.", FLAG),
    ),
    "attribution": (
        ("click_id", "Only the journeys with this click, event by event.", CLICK),
        ("include_journey", "All touchpoints beside the click itself.", FLAG),
        ("models", "By commas; default: all.", commas(tuple(RULES))),
        ("dimension", "What touchpoints are told apart by; default: channel.", TEXT),
        ("conversion_event", "Only these conversions; default: all.", EVENT),
        ("lookback", "How far a conversion looks back: `30d`, `12h`; default: 30d.", TEXT),
        ("half_life_days", "After how long time_decay halves credit.", HALF_LIFE),
    ),
    "journeys": (
        ("view", "Whole paths, their links, or what comes next.", JOURNEYS["view"]),
        ("after", "What comes next after events of this name.", EVENT),
        ("dimension", "What touchpoints are told apart by; default: channel.", TEXT),
        ("conversion_event", "Only these conversions; default: all.", EVENT),
        ("lookback", "How far a conversion looks back: `30d`, `12h`; default: 30d.", TEXT),
    ),
    "realtime": (("last", "How far back: minutes or hours.", LAST),),
}
SPAN = ("start_date", "end_date")


def _of(kind: Kind) -> tuple[Parameter, ...]:
    """Return the parameters of a kind: its own, and those common ones that it takes."""
    span = SPAN if "time_range" in kind.fields else ()
    common = (one for one in COMMON_PARAMETERS if one[0] in (*span, *kind.fields))
    return (*OWN_PARAMETERS.get(kind.name, ()), *common)


PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    name: _of(kind) for name, kind in KINDS.items() if kind.parameters is not None
}
