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
    "first_touch": "i = 1",
    "last_touch": "i = n",
    "last_non_direct": "i = if(other = 0, n, other)",
    "linear": "1. / n",
    "time_decay": "decayed / total",
    "position_based": "multiIf(n = 1, 1., n = 2, .5, i = 1 OR i = n, .4, .2 / (n - 2))",
    "shapley": "if(again = 1, 1. / kinds, 0.)",
}
"""The share that a step's touchpoint gets of its journey's conversion."""
TOLD_OF_JOURNEYS: dict[str, tuple[str, ...]] = {
    "last_non_direct": ("arrayLastIndex(d -> NOT d, directs) AS other",),
    "time_decay": (
        "arrayMap(t -> exp2((t - times[-1]) / {half}), times) AS decays",
        "arraySum(decays) AS total",
    ),
    "shapley": ("arrayEnumerateUniq(path) AS repeats", "arrayUniq(path) AS kinds"),
}
"""What a model wants to know of each journey besides."""
STEPPED = {"time_decay": "decays AS decayed", "shapley": "repeats AS again"}
"""What a model wants to know of each step."""


def build(plan: Plan) -> Template:
    """Return the statement; its columns are those of `Step` in `warehouse/studies/credit.py`."""
    study = plan.query.study
    if not isinstance(study, Attribution):
        raise TypeError(plan.query)
    binder = Binder()
    touchpoints = Touchpoints(plan, binder)
    chained = CHAIN in study.models
    parts = {"value": touchpoints.value(study.dimension), "direct": DIRECT}
    whose = touchpoints.converters_and_recent() if chained else touchpoints.converters()
    visitors = touchpoints.visitors(parts, whose, few=not chained)
    found = journeys(visitors, touchpoints, KEPT, lost=chained, apart=True)
    return binder.template(_steps(study, _paths(study, found, binder)))


def _paths(study: Attribution, found: str, binder: Binder) -> str:
    """Return one row a journey with its touchpoints; one nobody was touched in has an empty one.

    Cut out of the visitor's own first, and looked at after that: the engine plans a column anew
    wherever it is named.
    """
    cut = "if(j.4 = j.3, [{}], arraySlice({}, j.3 + 1, j.4 - j.3)) AS {}"
    pieces = [cut.format("''", "value", "path")]
    if "last_non_direct" in study.models:
        pieces.append(cut.format("1", "direct", "directs"))
    if "time_decay" in study.models:
        pieces.append(cut.format("0", "at", "times"))
    carried = ("converted", "points", "untouched", "visitor_hash", "heavy", *TOLD)
    cuts = (
        "SELECT j.1 AS converted, j.2 AS points, j.4 = j.3 AS untouched,"
        f" {', '.join((*pieces, *carried[3:]))} FROM ({found}) ARRAY JOIN journeys AS j"
    )
    told = [one for name in study.models for one in TOLD_OF_JOURNEYS.get(name, ())]
    more = ", ".join(told).format(half=bound("half_life_ms", binder)) if told else "1"
    return f"SELECT {', '.join(carried)}, path, length(path) AS n, {more} FROM ({cuts})"


def _steps(study: Attribution, paths: str) -> str:
    """Return credit summed over steps from one value to the next, by groups of visitors if asked.

    The most frequent come first: of very many values those are kept apart. Which visitors a sample
    takes depends on the hash itself, so groups go by a hash of that. Each model's credit and that
    of revenue are summed up as one list, for the same reason for which journeys are cut out first.
    """
    onward = "path"
    if CHAIN in study.models:
        onward = "arrayPushBack(arrayPopFront(path), '')"
    ends = (
        f"multiIf(heavy, {APART}, i < n, {ONWARD}, untouched, {UNTOUCHED},"
        f" converted, {CONVERTED}, {LOST})"
    )
    group = f"cityHash64(visitor_hash) % {GROUPS}" if study.intervals else "0"
    columns = [
        "value",
        "next",
        f"{ends} AS ending",
        "count() AS steps",
        "countIf(i = 1) AS begun",
        "sumIf(toInt128(points), i = n AND converted) AS revenue",
        f"{_credit(study)} AS credit",
        *(f"anyIf({name}, heavy)" for name in TOLD),
        f"{group} AS visitors",
    ]
    steps = [f"path AS value, {onward} AS next", "arrayEnumerate(path) AS i"]
    steps += [STEPPED[name] for name in study.models if name in STEPPED]
    return (
        f"SELECT {', '.join(columns)} FROM ({paths}) ARRAY JOIN {', '.join(steps)}"
        " GROUP BY value, next, ending, visitors, if(heavy, visitor_hash, 0)"
        " ORDER BY steps DESC, value, next, ending, visitors"
    )


def _credit(study: Attribution) -> str:
    """Return the sums of each model's credit and of that of revenue, in turn; none of the chain."""
    weights = [f"toFloat64({WEIGHTS[name]})" for name in study.models if name != CHAIN]
    if not weights:
        return "emptyArrayInt64()"
    shared = f"if(converted, [{', '.join(weights)}], [])"
    units = f"arrayMap(w -> toInt128(toInt64(round(w * {UNITS}))), {shared})"
    return f"sumForEach(arrayFlatten(arrayMap(u -> [u, u * points], {units})))"
