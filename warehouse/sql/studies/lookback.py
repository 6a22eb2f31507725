"""Which touchpoints each conversion looks back on, and which came to nothing."""

from collections.abc import Sequence

from warehouse.sql.binder import Asked, Binder
from warehouse.sql.studies.touchpoints import Touchpoints

MANY = 10_000
HEAVY = f"countEqual(touches, 1) * countEqual(all_converts, 1) > {MANY}"
"""Whose touchpoints times conversions are more: each conversion would hold a copy of its own."""


def journeys(
    visitors: str,
    touchpoints: Touchpoints,
    kept: Sequence[str],
    *,
    lost: bool = False,
    apart: bool = False,
) -> str:
    """Return one row a visitor: its touchpoints' `at` and what is `kept`, and its `journeys`.

    A journey is (whether it converts, its points, the touchpoints before its first, its last
    touchpoint, when it converts). With `lost` there is one that does not: the touchpoints of the
    window after the last conversion. With `apart` a visitor of too many is `heavy`: it has one
    empty journey instead. What makes its journeys elsewhere is in `heavy_touches` (its touchpoints)
    and `heavy_turns` (of each conversion: when, its points, its last touchpoint).
    """
    early = f"arrayCount(t -> t < c.2 - {bound('lookback_ms', touchpoints.binder)}, at)"
    held = "arrayZip(all_converts, all_at, all_points, arrayCumSum(touches))"
    wanted = f"c.1 AND NOT {HEAVY}" if apart else "c.1"
    found = f"arrayMap(c -> (1, c.3, {early}, c.4, c.2), arrayFilter(c -> {wanted}, {held}))"
    if lost:
        before = f"arrayCount(t -> t < {touchpoints.begin}, at)"
        last = "arrayMax(arrayMap((c, r) -> c * r, all_converts, arrayCumSum(touches)))"
        rest = f"(0, 0, greatest({before}, {last}), toUInt64(length(at)), 0)"
        found = f"arrayConcat({found}, arrayFilter(j -> j.4 > j.3, [{rest}]))"
    columns = ", ".join(
        f"arrayFilter((x, t) -> t, all_{name}, touches) AS {name}" for name in ("at", *kept)
    )
    if apart:
        touches = f"arrayZip({', '.join(('at', *kept))})"
        turns = f"arrayMap(c -> (c.2, c.3, c.4), arrayFilter(c -> c.1 AND heavy, {held}))"
        columns += f", {HEAVY} AS heavy, if(heavy, {touches}, []) AS heavy_touches"
        columns += f", {turns} AS heavy_turns"
        found = f"if(heavy, [(0, 0, 0, 0, 0)], {found})"
    return f"SELECT visitor_hash, {columns}, {found} AS journeys FROM ({visitors})"


def bound(field: str, binder: Binder) -> str:
    """Return the placeholder of a whole number of the study."""

    def read(asked: Asked) -> int:
        return int(getattr(asked.query.study, field))

    return binder.bind(("study", field), "Int64", read)
