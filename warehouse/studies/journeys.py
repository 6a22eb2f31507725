"""The answer to `journeys`: paths, links between steps, or what comes next, as they are shown."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from warehouse.language.studies.journeys import LINKS, NEXT, PATHS, Journeys
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.studies.cents import SMALLEST, number
from warehouse.studies.values import words_of
from warehouse.tally import Tally

ABSENT, CONVERSION, BETWEEN = "(none)", "(conversion)", " > "
Words = Callable[[str], str | None]


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows as the statement has sorted them; numbers of a sample are scaled up."""
    study = plan.query.study
    if not isinstance(study, Journeys):
        raise TypeError(plan.query)
    more = 1 / Fraction(plan.query.sample)
    show, words = SHOWN[study.view], words_of(study.dimension, plan.query.timezone)
    tally.counts = {"conversions": 0, "revenue": 0} if study.view != NEXT else {"occurrences": 0}
    for block in blocks:
        if block and study.view == NEXT:
            tally.counts = {"occurrences": round(block[0][-1] * more)}
        elif block:
            conversions, revenue = (round(one * more) for one in block[0][-2:])
            tally.counts = {"conversions": conversions, "revenue": number(revenue)}
        yield [show(row, more, words) for row in block]


def _path(row: Row, more: Fraction, words: Words) -> Row:
    path, size, conversions, revenue, seconds, whole, _ = row
    text = BETWEEN.join(words(value) or ABSENT for value in path) if path else None
    money = round(revenue * more) * SMALLEST
    return (text, size, round(conversions * more), money, conversions / whole, seconds)


def _link(row: Row, more: Fraction, words: Words) -> Row:
    place, here, after, there, ends, conversions, revenue, *_ = row
    target = CONVERSION if ends else words(there) or ABSENT
    money = round(revenue * more) * SMALLEST
    return (place, words(here) or ABSENT, after, target, round(conversions * more), money)


def _next(row: Row, more: Fraction, _: Words) -> Row:
    event, last, count, visitors, seconds, whole = row
    shown = (round(count * more), round(visitors * more), count / whole)
    return (None if last else event, *shown, None if last else seconds)


SHOWN: dict[str, Callable[[Row, Fraction, Words], Row]] = {PATHS: _path, LINKS: _link, NEXT: _next}
