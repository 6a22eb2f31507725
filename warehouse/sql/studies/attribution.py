"""Asks for credit: every model's sums over all conversions, and the steps of all journeys.

Rows are the steps of journeys by the value stepped from and to: so few, whatever the number of
visitors. A conversion's credit is counted in units of which it has 10^15, as whole numbers: sums
of those do not depend on the order in which they are made.
"""

from collections.abc import Callable

from warehouse.language.studies.attribution import CHAIN, Attribution
from warehouse.planner.plan import Plan
from warehouse.sql.binder import Asked, Binder, Template
from warehouse.sql.studies.touchpoints import DIRECT, Touchpoints

UNITS = 10**15
ONWARD, CONVERTED, LOST, UNTOUCHED = range(4)
"""How a step ends: at a touchpoint, a conversion, nothing; or a conversion no step led to."""
GROUPS = 100
"""Into how many groups visitors are put where intervals are wanted."""
# In terms of a journey: the values on its `path`, how many these are (n, kinds), the number i
# of each, what is left of each by time, of the last as 1 (`decays`), and together (`total`).
WEIGHTS: dict[str, str] = {
    "linear": "arrayMap(i -> 1. / n, path)",
    "time_decay": "arrayMap(d -> d / total, decays)",
    "position_based": (
        "arrayMap(i -> multiIf(n = 1, 1., n = 2, .5, i = 1 OR i = n, .4, .2 / (n - 2)),"
        " arrayEnumerate(path))"
    ),
    "shapley": "arrayMap(i -> if(i = 1, 1. / kinds, 0.), arrayEnumerateUniq(path))",
}
"""The share of each touchpoint in its journey's conversion."""
PLACES = {
    "first_touch": "1",
    "last_touch": "n",
    "last_non_direct": "if(other = 0, n, other)",
}
"""Which touchpoint gets it all, in the models where one does."""


def build(plan: Plan) -> Template:
    """Return the statement; its columns are those of `Step` in `warehouse/studies/credit.py`."""
    study = plan.query.study
    if not isinstance(study, Attribution):
        raise TypeError(plan.query)
    binder = Binder()
    touchpoints = Touchpoints(plan, binder)
    chained = CHAIN in study.models
    shared = [name for name in study.models if name != CHAIN]
    parts = {"value": touchpoints.value(study.dimension), "direct": DIRECT}
    visitors = touchpoints.visitors(parts, all_of_them=chained)
    journeys = _journeys(visitors, touchpoints, binder, chained=chained)
    return binder.template(_steps(_paths(journeys, binder), shared, chained=chained))


def _journeys(visitors: str, touchpoints: Touchpoints, binder: Binder, *, chained: bool) -> str:
    """Return one row a journey: how it ended, and which of its visitor's touchpoints it has."""
    back = _bound("lookback", lambda study: study.lookback_ms, binder)
    early = f"arrayCount(t -> t < c.2 - {back}, at)"
    converted = "arrayFilter(c -> c.1, arrayZip(all_converts, all_at, all_points, arrayCumSum(touches)))"
    found = f"arrayMap(c -> (1, c.3, {early}, c.4), {converted})"
    if chained:
        before = f"arrayCount(t -> t < {touchpoints.begin}, at)"
        last = "arrayMax(arrayMap((c, r) -> c * r, all_converts, arrayCumSum(touches)))"
        lost = f"(0, 0, greatest({before}, {last}), toUInt64(length(at)))"
        found = f"arrayConcat({found}, arrayFilter(j -> j.4 > j.3, [{lost}]))"
    kept = ", ".join(
        f"arrayFilter((x, t) -> t, all_{name}, touches) AS {name}"
        for name in ("at", "value", "direct")
    )
    return f"SELECT {kept}, {found} AS journeys FROM ({visitors})"


def _paths(journeys: str, binder: Binder) -> str:
    """Return one row a journey with its touchpoints; one nobody was touched in has an empty one."""
    half = _bound("half", lambda study: study.half_life_ms, binder)
    piece = "arraySlice({}, j.3 + 1, j.4 - j.3)"
    return (
        f"SELECT j.1 AS converted, j.2 AS points, j.4 = j.3 AS untouched,"
        f" if(untouched, [''], {piece.format('value')}) AS path, length(path) AS n,"
        f" arrayLastIndex(d -> NOT d, {piece.format('direct')}) AS other,"
        f" if(untouched, [0], {piece.format('at')}) AS times,"
        f" arrayElement(times, -1) AS latest,"
        f" arrayMap(t -> exp2((t - latest) / {half}), times) AS decays,"
        " arraySum(decays) AS total, length(arrayDistinct(path)) AS kinds"
        f" FROM ({journeys}) ARRAY JOIN journeys AS j"
    )


def _steps(paths: str, shared: list[str], *, chained: bool) -> str:
    """Return credit summed over steps from one value to the next."""
    ending = f"if(untouched, {UNTOUCHED}, if(converted, {CONVERTED}, {LOST}))"
    arrays = {
        "value": "path",
        "next": "arrayPushBack(arrayPopFront(path), '')" if chained else "arrayMap(p -> '', path)",
        "ending": f"arrayMap(i -> if(i = n, {ending}, {ONWARD}), arrayEnumerate(path))",
        "first": "arrayMap(i -> i = 1, arrayEnumerate(path))",
        **{f"w_{name}": _weights(name) for name in shared},
    }
    last = f"ending IN ({CONVERTED}, {UNTOUCHED})"
    sums = [
        "count() AS steps",
        "countIf(first) AS begun",
        f"sumIf(toInt128(points), {last}) AS revenue",
    ]
    for name in shared:
        sums.append(f"sum(toInt128(w_{name})) AS c_{name}")
        sums.append(f"sum(toInt128(w_{name}) * points) AS r_{name}")
    joined = ", ".join(f"{text} AS {name}" for name, text in arrays.items())
    return (
        f"SELECT value, next, ending, {', '.join(sums)} FROM ({paths})"
        f" ARRAY JOIN {joined} GROUP BY value, next, ending"
    )


def _weights(model: str) -> str:
    """Return the credit of each touchpoint of a path, in units; nothing where nobody converts."""
    if place := PLACES.get(model):
        return f"arrayMap(i -> toInt64(i = {place}) * {UNITS} * converted, arrayEnumerate(path))"
    return f"arrayMap(w -> toInt64(round(w * {UNITS})) * converted, {WEIGHTS[model]})"


def _bound(name: str, read: Callable[[Attribution], int], binder: Binder) -> str:
    """Return the placeholder of a number of the study."""

    def found(asked: Asked) -> int:
        study = asked.query.study
        if not isinstance(study, Attribution):
            raise TypeError(asked.query)
        return read(study)

    return binder.bind(name, "Int64", found)
