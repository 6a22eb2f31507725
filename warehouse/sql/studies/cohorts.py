"""Writes the statement about cohorts: one pass over the events, grouped by visitor.

From the inside out: each event gets the number of its period and what it counts for; a visitor has
the periods in which it began and those in which it returned; these meet in cells, which are summed.
Rows are the values of the breakdown, cohort, period, and what was counted (see the studies of the
same name for what stands in the place of a cohort or a period).
"""

from warehouse.language.studies import cohorts
from warehouse.language.studies.cohorts import Cohorts
from warehouse.planner.plan import Plan
from warehouse.planner.rollups import DAY
from warehouse.sql import fields
from warehouse.sql.binder import Binder, Template
from warehouse.sql.rows import DATE_SECOND, EVENT_SECOND
from warehouse.sql.studies.histories import Histories

ARRIVAL = ("event_time", "received_at", "event_id")
"""What comes first, at one instant by arrival."""
COUNTED = {
    cohorts.EVENTS: ("1", "toInt64(countIf(returns))"),
    cohorts.CONVERSIONS: ("conversion_event != ''", "toInt64(countIf(returns))"),
    cohorts.REVENUE: ("conversion_value", "sumIf(toDecimal128(counts, 4), returns)"),
}
BITS = 62
"""So many periods fit into one number, beside those before the first and those behind the last."""


def build(plan: Plan) -> Template:
    """Return the statement of `plan`, whose query has cohorts for a study."""
    binder = Binder()
    return binder.template(_Statement(plan, binder).text())


class _Statement:
    """One statement while it is written."""

    def __init__(self, plan: Plan, binder: Binder) -> None:
        study = plan.query.study
        assert isinstance(study, Cohorts)  # noqa: S101  the table of kinds has led here
        self._study, self._query, self._binder = study, plan.query, binder
        self._histories = Histories(plan, binder)
        self._keys = [f"k{index}" for index, _ in enumerate(plan.query.dimensions)]
        self._sums = study.metric != cohorts.RETENTION

    def text(self) -> str:
        """Return all of it."""
        plain = not (self._keys or self._sums) and self._study.minimum == 1
        narrow = plain and len(self._study.begins) <= BITS
        visitors = self._in_bits() if narrow else self._in_periods()
        cells = self._cells(visitors)
        if not self._keys:
            return f"SELECT cohort, period, counted\nFROM ({cells})\nORDER BY cohort, period"
        return self._largest(cells)

    def _events(self) -> str:
        """Return each event with the number of its period, and what it counts for."""
        seen, metric = self._histories, self._study.metric
        start, back = seen.matches
        counts = f" AND {COUNTED[metric][0]}" if metric == cohorts.CONVERSIONS else ""
        columns = [
            "visitor_hash",
            f"{self._number()} AS number",
            f"({start} AND number < {self._bound('count', self._study.count)}) AS begins",
            f"({back}{counts} AND number >= 0) AS returns",
        ]
        columns += ["conversion_value AS counts"] if metric == cohorts.REVENUE else []
        if self._keys:
            values = ", ".join(map(seen.stored, self._query.dimensions))
            columns += [f"tuple({values}) AS told", f"tuple({', '.join(ARRIVAL)}) AS arrival"]
        within = " AND ".join((*seen.within, "(begins OR returns)"))
        return f"SELECT {', '.join(columns)} FROM {seen.source} WHERE {within}"

    def _in_bits(self) -> str:
        """Return the periods of each visitor where it only matters that there was anything."""
        began, returned = (
            f"bitPositionsToArray(groupBitOr(if({one}, bitShiftLeft(1::UInt64, number + 1), 0)))"
            for one in ("begins", "returns")
        )
        return (
            f"SELECT arrayMap(bit -> tuple(toInt64(bit) - 1), {began}) AS began,"
            f" arrayMap(bit -> tuple(toInt64(bit) - 1, 1), {returned}) AS returned"
            f" FROM ({self._events()}) GROUP BY visitor_hash"
        )

    def _in_periods(self) -> str:
        """Return the periods of each visitor, with what was counted in each."""
        columns = ["visitor_hash", "number", "max(begins) AS began"]
        told = ""
        if self._keys:
            columns.append("argMinIf(told, arrival, begins) AS first")
            told = "".join(f", first.{index + 1}" for index, _ in enumerate(self._keys))
        counted = COUNTED.get(self._study.metric, COUNTED[cohorts.EVENTS])[1]
        columns.append(f"{counted} AS counted")
        periods = (
            f"SELECT {', '.join(columns)} FROM ({self._events()}) GROUP BY visitor_hash, number"
        )
        least = (
            "counted != 0"
            if self._sums
            else f"counted >= {self._bound('minimum', self._study.minimum)}"
        )
        value = "counted" if self._sums else "toInt64(1)"
        return (
            f"SELECT groupArrayIf(tuple(number{told}), began) AS began,"
            f" groupArrayIf(tuple(number, {value}), number >= 0 AND {least}) AS returned"
            f" FROM ({periods}) GROUP BY visitor_hash"
        )

    def _cells(self, visitors: str) -> str:
        """Return what was counted in each cell that has anything."""
        began = "began"
        if self._study.retention_type != cohorts.RECURRING:
            began = "arraySlice(arraySort(one -> one.1, began), 1, 1)"
        joined = f"arrayFilter(one -> one.1 >= 0, {began})"
        nobodys = "".join(f", joined[1].{index + 2}" for index, _ in enumerate(self._keys))
        everybody = f"arrayConcat([tuple(toInt64(-1){nobodys})], joined)"
        each = (
            f"SELECT arrayJoin({everybody}) AS one, returned"
            f" FROM (SELECT {joined} AS joined, returned FROM ({visitors}) WHERE notEmpty(joined))"
        )
        keys = [
            f"if(one.1 < 0, defaultValueOfArgumentType(one.{index + 2}), one.{index + 2}) AS {key}"
            for index, key in enumerate(self._keys)
        ]
        size = "tuple(toInt64(-1), toInt64(1))"
        if self._study.metric == cohorts.REVENUE:
            size = "tuple(toInt64(-1), toDecimal128(1, 4))"
        cells = ", ".join(
            (
                *keys,
                "one.1 AS cohort",
                f"arrayJoin(arrayConcat([{size}], {self._returns()})) AS cell",
            )
        )
        grouped = ", ".join((*self._keys, "cohort", "period"))
        return (
            f"SELECT {', '.join((*self._keys, 'cohort', 'cell.1 AS period'))},"
            f" sum(cell.2) AS counted FROM (SELECT {cells} FROM ({each})) GROUP BY {grouped}"
        )

    def _returns(self) -> str:
        """Return the cells of one visitor of a cohort: which period of it, and how much."""
        periods = self._bound("periods", self._study.periods)
        first = "one.1" if self._sums else "one.1 + 1"
        if self._study.cumulative:
            # Told once, in the last period that is shown: it counts in all earlier ones too.
            last = f"least(arrayMax(arrayMap(r -> r.1, returned)) - one.1, {periods} - 1)"
            there = "notEmpty(returned) AND one.1 >= 0"
            return f"arrayFilter(cell -> {there} AND cell.1 > 0, [tuple({last}, toInt64(1))])"
        kept = f"one.1 >= 0 AND r.1 >= {first} AND r.1 < one.1 + {periods}"
        return f"arrayMap(r -> tuple(r.1 - one.1, r.2), arrayFilter(r -> {kept}, returned))"

    def _largest(self, cells: str) -> str:
        """Return the cells by the breakdown's values, of the largest that fill the page."""
        keys = ", ".join(self._keys)
        size = "sumIf(counted, period < 0 AND cohort >= 0)"
        totals = f"SELECT *, {size} OVER (PARTITION BY {keys}) AS total FROM ({cells})"
        places = (
            f"SELECT *, dense_rank() OVER (ORDER BY total DESC, {keys}) AS place FROM ({totals})"
        )
        shown = ", ".join(map(fields.shown, self._query.dimensions, self._keys))
        a_table = self._study.count * self._study.periods
        most = self._binder.bind(
            ("cohorts", "tables"),
            "UInt64",
            lambda asked: (asked.query.offset + asked.query.limit) // a_table + 1,
        )
        return (
            f"SELECT {shown}, cohort, period, counted\nFROM ({places})\n"
            f"WHERE cohort < 0 OR place <= {most}\n"
            f"ORDER BY cohort >= 0, total DESC, {keys}, cohort, period"
        )

    def _number(self) -> str:
        """Return the number of the period that holds an event; -1 before the first.

        One number more stands for all that is behind the last.
        """
        begins, second = self._study.begins, EVENT_SECOND
        if not any(begin % DAY for begin in begins):
            second = DATE_SECOND
        first, step = begins[0], begins[1] - begins[0]
        last = len(begins) - 1
        if all(begin == first + at * step for at, begin in enumerate(begins)):
            found = f"intDiv({second} - {self._bound('first', first)}, {self._bound('step', step)})"
            found = f"least({found}, {self._bound('last', last)})"
        else:
            bound = self._binder.bind(("cohorts", "begins"), "Array(Int64)", lambda _: [*begins])
            numbers = self._binder.bind(
                ("cohorts", "numbers"), "Array(Int64)", lambda _: [*range(len(begins))]
            )
            found = f"transform(roundDown({second}, {bound}), {bound}, {numbers}, toInt64(-1))"
        if self._study.retention_type == cohorts.EVER:
            found = f"if({second} < {self._bound('first', first)}, toInt64(-1), {found})"
        return found

    def _bound(self, name: str, value: int) -> str:
        return self._binder.bind(("cohorts", name), "Int64", lambda _: value)
