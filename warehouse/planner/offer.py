"""All that a question may be made of, as plain data: the catalog, and which tables hold what."""

from typing import Any

from warehouse.language import buckets, catalog, periods, values
from warehouse.language.body import MOST_NAMES
from warehouse.language.comparison import COMPARISONS
from warehouse.language.fields import EVENT, FIELDS, SESSION, TIME
from warehouse.language.metrics import FIGURES, METRICS
from warehouse.language.parse import MOMENTS
from warehouse.planner.grain import FINEST
from warehouse.planner.rollups import DAY, EXACT_UNIQUES
from warehouse.planner.tables import CANDIDATES, Table

TABLES = {table: of for of, found in CANDIDATES.items() for table in found if table.step}
"""The pre-aggregated tables, and whether their figures are of sessions."""


def describe() -> dict[str, Any]:
    """Return metrics, dimensions, filters, tables, the words of a request, and what limits them."""
    known = catalog.describe()
    return {
        "metrics": [{**one, "tables": _with_figures(one["figures"])} for one in known["metrics"]],
        **{
            part: [{**one, "tables": _with_field(one["name"])} for one in known[part]]
            for part in ("dimensions", "filters")
        },
        "tables": [_table(table) for table in TABLES],
        "granularities": list(buckets.GRANULARITIES),
        "week_starts": list(buckets.WEEK_STARTS),
        "periods": {"names": list(periods.NAMED), "pattern": f"^{periods.LAST.pattern}$"},
        "comparisons": list(COMPARISONS),
        "operators": {kind: sorted(found) for kind, found in values.BY_KIND.items()},
        "rules": [{"rule": rule, "names": names, "says": says} for rule, names, says in _rules()],
    }


def _with_figures(figures: list[str]) -> list[str]:
    kinds = {FIGURES[name].of_sessions for name in figures}
    return [table.name for table, of_sessions in TABLES.items() if of_sessions in kinds]


def _with_field(name: str) -> list[str]:
    """Return the tables that have a field; any can tell times as long as its own spans."""
    if name in FIELDS and FIELDS[name].scope == TIME:
        return [table.name for table in TABLES if FINEST.get(name, DAY) % table.step == 0]
    return [table.name for table in TABLES if name in (table.fields or ())]


def _table(table: Table) -> dict[str, Any]:
    figures = [one.name for one in FIGURES.values() if one.of_sessions == TABLES[table]]
    return {
        "name": table.name,
        "seconds": table.step,
        "dimensions": sorted(table.fields or ()),
        "figures": figures,
    }


def _rules() -> tuple[tuple[str, list[str], str], ...]:
    """Return what goes together and what does not: a name, the fields it is about, in words."""
    of_sessions = [n for n, m in METRICS.items() if any(FIGURES[f].of_sessions for f in m.figures)]
    unique = [n for n, m in METRICS.items() if any(FIGURES[f].unique for f in m.figures)]
    return (
        (
            "anything-goes-together",
            [],
            f"Every metric can be asked by every dimension, by up to {MOST_NAMES} of them.",
        ),
        (
            "one-table-for-all",
            [],
            "A table answers when it has every dimension and filter of the question and keeps "
            "spans of time (`seconds`) that the window, its zone and the granularity never cut; "
            "otherwise the events are read, which is slower and has the same answer.",
        ),
        (
            "sessions-are-apart",
            of_sessions,
            "Figures of sessions come from `sessions`, those of events from another table, put "
            "together by the dimensions. By dimensions and filters of events, or times of day in "
            "a filter, sessions are found through the events they hold.",
        ),
        (
            "sessions-lend-fields",
            [name for name, field in FIELDS.items() if field.scope == SESSION],
            "By these, metrics of events join every event with its session.",
        ),
        (
            "no-comparison-by-moments",
            [one.name for one in MOMENTS],
            "`compare` cannot go with these dimensions: no earlier row has the same moment.",
        ),
        (
            "many-are-counted-roughly",
            unique,
            f"Rollups count more than {EXACT_UNIQUES} distinct values within an error that "
            "`meta.exact` names; `exact` reads the events instead.",
        ),
        (
            "samples-read-events",
            [],
            "A `sample` below 1 takes whole visitors, which only the events tell apart.",
        ),
        (
            "metrics-are-filtered-last",
            [],
            "A filter on a metric looks at finished rows, so it cannot share an `or` or a `not` "
            "with a filter on a field.",
        ),
        (
            "not-a-dimension",
            [name for name, field in FIELDS.items() if not field.dimension],
            "These can be filtered by, and not grouped by.",
        ),
    )


SCOPES = {
    EVENT: "the event's own",
    SESSION: "the same for all events of a session",
    TIME: "read off the clock of the request's zone",
}
