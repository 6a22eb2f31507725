"""Asks for credit: every model's sums over all conversions, and the steps of all journeys.

Rows are the steps of journeys by the value stepped from and to: so few, whatever the number of
visitors. A conversion's credit is counted in units of which it has 10^15, as whole numbers: sums
of those do not depend on the order in which they are made. A visitor with very many touchpoints
and conversions has a row of its own, from which `warehouse/studies/heavy.py` works out the same.
"""

from warehouse.language.studies.attribution import CHAIN, Attribution
from warehouse.planner.plan import Plan
from warehouse.sql.binder import Binder, Template
from warehouse.sql.studies.lookback import bound, journeys
from warehouse.sql.studies.touchpoints import DIRECT, Touchpoints

UNITS = 10**15
ONWARD, CONVERTED, LOST, UNTOUCHED, APART = range(5)
"""How a step ends: at a touchpoint, a conversion, nothing; or a conversion no step led to. `APART`
is no step but a whole visitor."""
KEPT = ("value", "direct")
TOLD = ("heavy_touches", "heavy_turns")
"""What is told of a visitor apart, behind everything but the group of visitors."""
GROUPS = 100
"""Into how many groups visitors are put where intervals are wanted."""
# In terms of a step: the length n of its journey, its place i there, how often its value has been
# on it by then (`again`) of how many kinds, the last place that is not direct (`other`, or 0), what
# is left of it by time (`decayed`; of the last all is) and of all together (`total`).
WEIGHTS: dict[str, str] = {
    "linear": "1. / n",
    "time_decay": "decayed / total",
    "position_based": "multiIf(n = 1, 1., n = 2, .5, i = 1 OR i = n, .4, .2 / (n - 2))",
    "shapley": "if(again = 1, 1. / kinds, 0.)",
}
"""The share that a step's touchpoint gets of its journey's conversion."""
PLACES = {"first_touch": "1", "last_touch": "n", "last_non_direct": "if(other = 0, n, other)"}
"""Where the touchpoint stands that gets it all."""


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
    whose = touchpoints.converters_and_recent() if chained else touchpoints.converters()
    visitors = touchpoints.visitors(parts, whose, few=not chained)
    found = journeys(visitors, touchpoints, KEPT, lost=chained, apart=True)
    return binder.template(_steps(study, _paths(found, binder), shared))


def _paths(found: str, binder: Binder) -> str:
    """Return one row a journey with its touchpoints; one nobody was touched in has an empty one."""
    half = bound("half_life_ms", binder)
    piece = "arraySlice({}, j.3 + 1, j.4 - j.3)"
    return (
        "SELECT j.1 AS converted, j.2 AS points, j.4 = j.3 AS untouched,"
        f" if(untouched, [''], {piece.format('value')}) AS path, length(path) AS n,"
        f" arrayLastIndex(d -> NOT d, {piece.format('direct')}) AS other,"
        f" if(untouched, [0], {piece.format('at')}) AS times,"
        " arrayElement(times, -1) AS latest,"
        f" arrayMap(t -> exp2((t - latest) / {half}), times) AS decays,"
        " arraySum(decays) AS total, arrayEnumerateUniq(path) AS repeats,"
        " arrayCount(r -> r = 1, repeats) AS kinds,"
        f" visitor_hash, heavy, {', '.join(TOLD)}"
        f" FROM ({found}) ARRAY JOIN journeys AS j"
    )


def _steps(study: Attribution, paths: str, shared: list[str]) -> str:
    """Return credit summed over steps from one value to the next, by groups of visitors if asked.

    The most frequent come first: of very many values those are kept apart. Which visitors a sample
    takes depends on the hash itself, so groups go by a hash of that.
    """
    chained = CHAIN in study.models
    group = f"cityHash64(visitor_hash) % {GROUPS}" if study.intervals else "0"
    onward = "arrayPushBack(arrayPopFront(path), '')" if chained else "path"
    ends = (
        f"multiIf(heavy, {APART}, i < n, {ONWARD}, untouched, {UNTOUCHED},"
        f" converted, {CONVERTED}, {LOST})"
    )
    sums = [
        "count() AS steps",
        "countIf(i = 1) AS begun",
        "sumIf(toInt128(points), i = n AND converted) AS revenue",
    ]
    for name in shared:
        if place := PLACES.get(name):
            one = f"i = {place} AND converted"
            sums += [f"toInt128(countIf({one})) * {UNITS}"]
            sums += [f"sumIf(toInt128(points), {one}) * {UNITS}"]
        else:
            weight = f"toInt64(round(({WEIGHTS[name]}) * {UNITS}))"
            sums += [f"sumIf(toInt128({weight}), converted)"]
            sums += [f"sumIf(toInt128({weight}) * points, converted)"]
    sums += [f"anyIf({name}, heavy)" for name in TOLD]
    sums += [f"{group} AS visitors"]
    return (
        f"SELECT value, next, {ends} AS ending,"
        f" {', '.join(sums)} FROM ({paths}) ARRAY JOIN path AS value, {onward} AS next,"
        " arrayEnumerate(path) AS i, decays AS decayed, repeats AS again"
        " GROUP BY value, next, ending, visitors, if(heavy, visitor_hash, 0)"
        " ORDER BY steps DESC, value, next, ending, visitors"
    )
