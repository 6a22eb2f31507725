"""The kind `campaigns`: what each campaign brought, all of them or the ones that are named.

Events of no campaign are left out unless `include_unassigned` asks for them: their row is null.
"""

from collections.abc import Mapping
from typing import Any

from reports.kinds.preset import Preset, kind_of
from warehouse.language import values
from warehouse.language.faults import Faults
from warehouse.language.query import Condition, Group, Leaf

FIELD = "campaign_id"
METRICS = (
    "revenue",
    "conversions",
    "conversion_rate",
    "avg_order_value",
    "visitors",
    "clicks",
)
MOST_NAMED = values.COUNTS["in"][1]


def conditions(body: Mapping[str, Any], faults: Faults) -> tuple[Condition, ...]:
    """Return which campaigns' events count."""
    wanted, unassigned = body.get(FIELD), body.get("include_unassigned")
    if unassigned is not None and not isinstance(unassigned, bool):
        faults.add("include_unassigned", "invalid", "Must be true or false.")
    if wanted is None:
        return () if unassigned else (Leaf(FIELD, "is_not_null"),)
    named = Leaf(FIELD, "in", _names(wanted, faults))
    return (Group("or", (named, Leaf(FIELD, "is_null"))),) if unassigned else (named,)


def _names(wanted: object, faults: Faults) -> tuple[str, ...]:
    several = wanted if isinstance(wanted, list) else [wanted]
    if not 1 <= len(several) <= MOST_NAMED:
        faults.add(FIELD, "count", f"Name 1 to {MOST_NAMED} campaigns.")
        return ()
    paths = [FIELD if several is not wanted else f"{FIELD}[{at}]" for at in range(len(several))]
    read = [
        values.read("string", one, values.Reading(path, "UTC", faults))
        for one, path in zip(several, paths, strict=True)
    ]
    return tuple(one for one in read if isinstance(one, str))


CAMPAIGNS = kind_of(
    Preset(
        name="campaigns",
        tells="what campaigns brought",
        metrics=METRICS,
        dimensions=(FIELD,),
        own=(FIELD, "include_unassigned"),
        conditions=conditions,
    )
)
