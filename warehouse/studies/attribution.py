"""The answer to `attribution`: what each model credits to each value, adding up to the cent."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from warehouse import costs
from warehouse.language.fingerprint import fingerprint
from warehouse.language.studies.attribution import CHAIN, Attribution
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.sql.moments import EPOCH, MILLISECOND
from warehouse.sql.studies.attribution import APART, UNTOUCHED
from warehouse.studies import credit
from warehouse.studies.cents import SMALLEST, WHOLE, number, rounded
from warehouse.studies.credit import NOTHING, Amounts, Credits, Steps, ended
from warehouse.studies.heavy import Heavy, Visitor
from warehouse.studies.kept import REST, Kept
from warehouse.studies.resampled import Resampled
from warehouse.studies.values import value_of
from warehouse.tally import ROUGH, Tally

NOTE = "exact for the {most} most frequent of {all} values; the others are one state"
Pair = tuple[Decimal, Decimal]
Groups = dict[int, Kept]
"""Steps by group of visitors; all are in one where no intervals are asked for."""


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows: model by model, in each what has most credit first.

    A value has a row in every model if any model credits it.
    """
    study = plan.query.study
    if not isinstance(study, Attribution):
        raise TypeError(plan.query)
    groups = _groups(plan, study, blocks, tally)
    steps = _together(groups)
    tally.truncated = any(REST in key for key in steps)
    _tell(study, steps, plan.query.sample, tally)
    found = list(credit.by_model(study.models, steps))
    told = _Costs(plan, study)
    every = sorted({value for one in found for value in one}.union(told.units))
    scale = _Scale(credit.total(steps), plan.query.sample)
    shown = [dict(zip(every, scale.shown(every, one), strict=True)) for one in found]
    credited = [
        value
        for value in every
        if value in told.units or (value != REST and any(any(one[value]) for one in shown))
    ]
    by_chance = _Intervals(plan, study, groups, every)
    cell = value_of(study.dimension)
    for model, one in zip(study.models, shown, strict=True):
        best = sorted((-one[value][0], -one[value][1], value) for value in credited)
        yield [
            (
                cell(value),
                model,
                *one[value],
                scale.share(one[value]),
                *by_chance.cells(model, value),
                *told.cells(value, one[value]),
            )
            for _, _, value in best
        ]


def _groups(plan: Plan, study: Attribution, blocks: Iterable[list[Row]], tally: Tally) -> Groups:
    """Return the steps of each group of visitors, those told whole by the statement included."""
    groups: Groups = {}
    values: set[str] = set()
    nothing = [0] * (2 * sum(model != CHAIN for model in study.models))
    begin = -((EPOCH - plan.query.window.start) // MILLISECOND)
    for block in blocks:
        tally.watch()
        for row in block:
            key, whole, group = row[:3], row[7:-1], row[-1]
            amounts = (*row[3:6], *(row[6] or nothing))
            steps = groups.setdefault(group, Kept(values))
            if key[2] == APART:
                Heavy(study, begin, steps).add(Visitor(*whole))
            else:
                steps.add(key, amounts)
    return groups


def _together(groups: Groups) -> Steps:
    """Return the steps of all visitors."""
    if len(groups) == 1:
        return next(iter(groups.values()))
    found = Kept({value for steps in groups.values() for key in steps for value in key[:2]})
    for steps in groups.values():
        for key, amounts in steps.items():
            found.add(key, amounts)
    return found


class _Scale:
    """How amounts of a sample of visitors are shown as those of all, and as rounded ones."""

    def __init__(self, whole: Amounts, sample: float) -> None:
        more = 1 / Fraction(sample)
        self.conversions = round(whole.conversions * more)
        self.revenue = round(whole.revenue * more)
        self._more = more
        self._each = self.conversions / whole.conversions if whole.conversions else more

    def shown(self, values: list[str], found: Credits) -> list[Pair]:
        """Return the conversions and the revenue of each of `values`."""
        amounts = [found.get(value, NOTHING) for value in values]
        conversions = [one.conversions * self._each * WHOLE for one in amounts]
        revenue = [one.revenue * self._more for one in amounts]
        return list(
            zip(
                rounded(self.conversions * WHOLE, conversions),
                rounded(self.revenue, revenue),
                strict=True,
            )
        )

    def share(self, shown: Pair) -> float | None:
        """Return the share of all conversions; null where there are none."""
        return float(shown[0] / self.conversions) if self.conversions else None


class _Intervals:
    """The bounds that stand behind a row, where they are asked for."""

    def __init__(
        self, plan: Plan, study: Attribution, groups: Groups, values: Sequence[str]
    ) -> None:
        self._asked = study.intervals
        self._more = 1 / plan.query.sample
        self._at = {value: place for place, value in enumerate(values)}
        self._bounds: dict[str, Any] = {}
        if self._asked:
            drawn = Resampled(groups, values, study.models, int(fingerprint(plan.query), 16))
            if drawn.enough:
                self._bounds = {model: drawn.bounds(model) for model in study.models}

    def cells(self, model: str, value: str) -> Row:
        """Return the lower and the upper bound; null where there is too little to tell."""
        if not self._asked:
            return ()
        if model not in self._bounds:
            return (None, None)
        low, high = self._bounds[model][:, self._at[value]] * (self._more * WHOLE)
        return (round(low) * SMALLEST, round(high) * SMALLEST)


class _Costs:
    """What stands behind a row about the cost of its campaign, where the question is of those."""

    def __init__(self, plan: Plan, study: Attribution) -> None:
        query = plan.query
        self._asked = study.tells_costs
        self.units = (
            costs.by_campaign(query.organization, query.window) if study.tells_costs else {}
        )

    def cells(self, value: str, earned: Pair) -> Row:
        """Return the cost, revenue by cost and cost by conversion."""
        if not self._asked:
            return ()
        if value not in self.units:
            return (None, None, None)
        conversions, revenue = earned
        cost = self.units[value] * SMALLEST
        roas = float(revenue / cost) if cost else None
        return (cost, roas, float(cost / conversions) if conversions else None)


def _tell(study: Attribution, steps: Steps, sample: float, tally: Tally) -> None:
    """Note what the rows add up to, and where they are not exact."""
    every, missed = (
        _Scale(found, sample) for found in (credit.total(steps), ended(steps, UNTOUCHED))
    )
    tally.counts = {
        "conversions": every.conversions,
        "revenue": number(every.revenue),
        "conversions_without_touchpoint": missed.conversions,
        "revenue_without_touchpoint": number(missed.revenue),
    }
    if CHAIN in study.models and (often := len(credit.seen(steps))) > credit.MOST_STATES:
        note = NOTE.format(most=credit.MOST_STATES, all=often)
        tally.more[ROUGH] = {CHAIN: note}
