"""The way from a statement's rows to patterns: candidates, asked, judged, told, ranked, kept."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

import orjson

from discovery.patterns import bursts, clusters, kept, telling
from discovery.patterns.asking import Asking, Counts
from discovery.patterns.candidates import ALPHA, BURST, KIND, Candidate
from discovery.patterns.cube import cube
from discovery.patterns.rules import Filter, filters, may_meet, sayable
from discovery.patterns.series import bundle
from discovery.patterns.told import Told, row
from warehouse.cells import DIGITS
from warehouse.exceptions import NotEnoughData
from warehouse.how import Ask
from warehouse.language import zones
from warehouse.language.query import Query, Window
from warehouse.language.studies.discovery import DEVICE, HOUR, Discovery
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.tally import Tally

ASKED, LEAST_ASKED = 2, 20
"""Of so many candidates for each pattern that is wanted, the strongest, the events are asked."""
SMALLEST = Decimal(1).scaleb(-DIGITS)
HOURLY = timedelta(hours=1)
UNKNOWN = "(none)"


def rows(
    plan: Plan, blocks: Iterable[list[Row]], tally: Tally, *, ask: Ask, now: datetime
) -> Iterator[list[Row]]:
    """Yield the patterns as rows, the most valuable first, once they are kept.

    Raises `NotEnoughData` where there is less traffic without a campaign than a pattern needs.
    """
    query, study = plan.query, plan.query.study
    if not isinstance(study, Discovery):
        raise TypeError(query)
    search = _Search(query, study, Asking(query, ask))
    found = search.candidates([row for block in blocks for row in block], tally)
    told = search.judged(found, tally)
    tally.truncated = len(told) > study.max_patterns
    patterns = [search.whole(one) for one in told[: study.max_patterns]]
    kept.keep(query.organization, patterns, now=now)
    yield [row(query, one) for one in patterns]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate that has stood, with what its rule holds."""

    candidate: Candidate
    rule: Sequence[Filter]
    window: Window
    counts: Counts
    value: Decimal
    confidence: float


class _Search:
    """One search, and what is known of the traffic it is about."""

    def __init__(self, query: Query, study: Discovery, asking: Asking) -> None:
        self._query, self._study, self._asking = query, study, asking
        self._all = asking.counts([], query.window)
        rule = filters(query.where, (), include_bots=query.include_bots)
        self._unattributed = asking.counts(rule, query.window)
        if self._unattributed.events < study.min_traffic:
            raise NotEnoughData(
                f"{self._unattributed.events:,} events of this time have no campaign; a pattern"
                f" is to hold {study.min_traffic:,}. Take a longer time or less min_traffic."
            )

    def candidates(self, found: Sequence[Row], tally: Tally) -> list[Candidate]:
        """Return what the algorithms find in a statement's rows, the strongest first."""
        cells = [row[1:8] for row in found if row[0] == 0]
        series = bundle([row for row in found if row[0] != 0])
        every = clusters.found(cube(cells), tally.watch) if cells else []
        every += bursts.found(series, tally.watch) if series else []
        tally.counts = {
            "unattributed_events": self._unattributed.events,
            "unattributed_visitors": self._unattributed.visitors,
            "events_in_cells": sum(row[8] for row in found if row[0] == 0),
            "series": len(series.series) if series else 0,
            "candidates": len(every),
        }
        sound = [one for one in every if sayable(one.rule)]
        return sorted(sound, key=lambda one: -one.strength)

    def judged(self, found: Sequence[Candidate], tally: Tally) -> list[_Judged]:
        """Return the candidates that stand once the events are asked, most valuable first."""
        stood = []
        for one in found[: max(LEAST_ASKED, ASKED * self._study.max_patterns)]:
            tally.watch()
            judged = self._judge(one)
            if judged is not None:
                stood.append(judged)
        sudden = [one for one in stood if one.candidate.sort == BURST]
        lasting = [one for one in stood if not any(self._is_of(one, other) for other in sudden)]
        return sorted(
            lasting, key=lambda one: (-one.value, -one.counts.events, orjson.dumps(one.rule))
        )

    def _is_of(self, one: _Judged, burst: _Judged) -> bool:
        """Tell whether most events of a cluster are those of a burst, which tells more of them."""
        small = 2 * burst.counts.events <= one.counts.events
        if one.candidate.sort == BURST or small:
            return False
        if not may_meet(one.candidate.rule, burst.candidate.rule):
            return False
        both = [*one.rule, *(each for each in burst.rule if each not in one.rule)]
        shared = self._asking.counts(both, burst.window)
        return 2 * shared.events > one.counts.events

    def _judge(self, one: Candidate) -> _Judged | None:
        """Ask what the rule holds: visits of few visitors say less than their number."""
        query = self._query
        rule = filters(query.where, one.rule, include_bots=query.include_bots)
        window = _within(query.window, one)
        counts = self._asking.counts(rule, window)
        by_chance = one.chance_of(counts.visitors)
        if counts.events < self._study.min_traffic or by_chance >= ALPHA:
            return None
        confidence = (1 - by_chance) * (1 - 1 / one.lift) * (1 + one.voice) / 2
        return _Judged(
            one, rule, window, counts, self._value(counts), round(float(confidence), DIGITS)
        )

    def _value(self, counts: Counts) -> Decimal:
        """Return the revenue of the events; else what as many conversions, or visitors, bring."""
        every, here = self._all, self._unattributed
        value = counts.revenue
        if not value and counts.conversions:
            value = counts.conversions * every.revenue / max(every.conversions, 1)
        elif not value:
            value = counts.visitors * here.revenue / max(here.visitors, 1)
        return value.quantize(SMALLEST)

    def whole(self, one: _Judged) -> Told:
        """Return all that is told of a pattern."""
        query, candidate = self._query, one.candidate
        named = {term.field: list(term.values) for term in candidate.rule}
        hours = [int(hour) for hour in named.get(HOUR, _hours(candidate, one.window, query))]
        fingerprint = _fingerprint(query, one)
        return Told(
            id=uuid.uuid5(uuid.UUID(query.organization), fingerprint),
            fingerprint=fingerprint,
            kind=KIND[candidate.sort],
            confidence=one.confidence,
            sample_size=one.counts.events,
            window=one.window,
            timezone=query.timezone,
            include_bots=query.include_bots,
            traffic_sources=self._values(one, "source", named),
            geo_regions=self._values(one, "country", named),
            device_types=self._values(one, DEVICE, named),
            hours=hours,
            suggested_name=telling.name(candidate, one.window, query.timezone),
            estimated_value=one.value,
            potential_reach=one.counts.visitors,
            filters=list(one.rule),
            explanation=telling.explanation(
                candidate, one.counts, self._unattributed, window=one.window, zone=query.timezone
            ),
        )

    def _values(self, one: _Judged, field: str, named: dict[str, list[str | int]]) -> list[str]:
        known = named.get(field)
        found = known if known else self._asking.values(one.rule, one.window, field)
        return [str(value).replace("\0", "") if value else UNKNOWN for value in found]


def _within(window: Window, one: Candidate) -> Window:
    """Return the candidate's time, as far as it is asked about."""
    start, end = one.start or window.start, one.end or window.end
    return Window(max(start, window.start), min(end, window.end))


def _hours(one: Candidate, window: Window, query: Query) -> list[int]:
    """Return the hours of the day that a short burst has; none says that all of them count."""
    hours = ceil((window.end - window.start) / HOURLY)
    if one.sort != BURST or hours >= 24:
        return []
    first = zones.local(window.start, query.timezone).hour
    return [(first + more) % 24 for more in range(max(1, hours))]


def _fingerprint(query: Query, one: _Judged) -> str:
    """Return the same for the same pattern: a cluster is told by its rule, whenever it is found."""
    bounds = [one.window.start.isoformat(), one.window.end.isoformat()]
    when = bounds if one.candidate.sort == BURST else None
    parts = [KIND[one.candidate.sort], one.rule, query.include_bots, query.timezone, when]
    packed = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()
