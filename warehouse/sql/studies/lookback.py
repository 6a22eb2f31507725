"""Which touchpoints each conversion looks back on, and which came to nothing."""

from collections.abc import Sequence

from warehouse.sql.binder import Asked, Binder
from warehouse.sql.studies.touchpoints import Touchpoints


def journeys(
    visitors: str, touchpoints: Touchpoints, kept: Sequence[str], *, lost: bool = False
) -> str:
    """Return one row a visitor: its touchpoints' `at` and what is `kept`, and its `journeys`.

    A journey is (whether it converts, its points, the touchpoints before its first, its last
    touchpoint, when it converts). With `lost` there is one that does not: the touchpoints of the
    window after the last conversion.
    """
    early = f"arrayCount(t -> t < c.2 - {bound('lookback_ms', touchpoints.binder)}, at)"
    held = "arrayZip(all_converts, all_at, all_points, arrayCumSum(touches))"
    found = f"arrayMap(c -> (1, c.3, {early}, c.4, c.2), arrayFilter(c -> c.1, {held}))"
    if lost:
        before = f"arrayCount(t -> t < {touchpoints.begin}, at)"
        last = "arrayMax(arrayMap((c, r) -> c * r, all_converts, arrayCumSum(touches)))"
        rest = f"(0, 0, greatest({before}, {last}), toUInt64(length(at)), 0)"
        found = f"arrayConcat({found}, arrayFilter(j -> j.4 > j.3, [{rest}]))"
    columns = ", ".join(
        f"arrayFilter((x, t) -> t, all_{name}, touches) AS {name}" for name in ("at", *kept)
    )
    return f"SELECT {columns}, {found} AS journeys FROM ({visitors})"


def bound(field: str, binder: Binder) -> str:
    """Return the placeholder of a whole number of the study."""

    def read(asked: Asked) -> int:
        return int(getattr(asked.query.study, field))

    return binder.bind(("study", field), "Int64", read)
