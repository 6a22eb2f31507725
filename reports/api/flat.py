"""The flat parameters of each kind that GET takes, as the OpenAPI document describes them."""

from reports.api import studies
from reports.api.questions import COMMON, GRANULARITY, LAST, PERIOD
from reports.api.shapes import TEXT, Schema, commas_or_nothing, reference
from reports.kinds import KINDS, Kind
from warehouse.language import catalog

Parameter = tuple[str, str, Schema]
FLAG: Schema = {"type": "boolean"}


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
    ("metrics", "By commas; default: the usual ones.", commas_or_nothing(tuple(catalog.METRICS))),
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
    "realtime": (("last", "How far back: minutes or hours.", LAST),),
    **studies.PARAMETERS,
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
