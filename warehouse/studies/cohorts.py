"""From what visitors of each cohort did to every cell of the table, the empty ones too."""

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal

from warehouse.language.studies.cohorts import RETENTION, REVENUE, Cohorts
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.studies import scaled
from warehouse.tally import Tally

SIZE = -1
"""In the place of a period: the row tells how many visitors the cohort has."""
EVERYBODY = -1
"""In the place of a cohort: the row tells how many visitors all cohorts have together."""
Number = int | Decimal


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the cells of one table after the other: one for each value of a breakdown.

    The event store gives the value, the cohort, the period and what was counted, where there is
    anything at all; what belongs to one value stands together, and everybody comes first.
    """
    made = _Tables(plan, tally)
    width = len(plan.query.dimensions)
    found = (row for block in blocks for row in block)
    tables = itertools.groupby(found, key=lambda row: (row[width] == EVERYBODY, row[:width]))
    empty = not width
    for (everybody, value), cells in tables:
        if everybody:
            made.everybody(next(cells)[-1])
        else:
            empty = False
            yield made.table(value, {row[width : width + 2]: row[-1] for row in cells})
    if empty:
        yield made.table((), {})


class _Tables:
    """The tables of one answer, while they are made."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        study = plan.query.study
        assert isinstance(study, Cohorts)  # noqa: S101  the table of kinds has led here
        self._study, self._share, self._tally = study, plan.query.sample, tally
        cells = [*itertools.product(range(study.count), range(study.periods))]
        tally.counts |= {
            "cohorts": study.count,
            "periods": study.periods,
            "cohort_visitors": 0,
            "immature_cells": sum(not self._mature(*cell) for cell in cells),
        }

    def everybody(self, visitors: Number) -> None:
        """Note how many visitors are in any of the cohorts."""
        self._tally.counts["cohort_visitors"] = scaled.counted(int(visitors), self._share)

    def table(self, value: Row, found: dict[Row, Number]) -> list[Row]:
        """Return every cell of the cohorts of one value."""
        return [
            (*value, self._study.begins[cohort], *cell)
            for cohort in range(self._study.count)
            for cell in self._cells(cohort, found)
        ]

    def _cells(self, cohort: int, found: dict[Row, Number]) -> Iterator[Row]:
        size = int(found.get((cohort, SIZE), 0))
        self._tally.count((scaled.counted(size, self._share),))
        for period, value in enumerate(self._values(cohort, size, found)):
            rate = float(value) / size if size else None
            shown = self._scaled(value)
            yield (
                scaled.counted(size, self._share),
                period,
                shown,
                rate,
                self._mature(cohort, period),
            )

    def _values(self, cohort: int, size: int, found: dict[Row, Number]) -> list[Number]:
        study = self._study
        nothing = Decimal(0) if study.metric == REVENUE else 0
        values = [found.get((cohort, period), nothing) for period in range(study.periods)]
        if study.metric == RETENTION:
            values[0] = size
        if study.cumulative:  # each visitor was told once, in the last period that counts
            values[1:] = [*itertools.accumulate(reversed(values[1:]))][::-1]
        return values

    def _scaled(self, value: Number) -> Number:
        if isinstance(value, Decimal):
            return scaled.added(value, self._share)
        return scaled.counted(value, self._share)

    def _mature(self, cohort: int, period: int) -> bool:
        return cohort + period < self._study.ended
