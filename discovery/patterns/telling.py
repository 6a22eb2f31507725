"""Tells people of a pattern: its name, and in one sentence why it is one."""

from collections.abc import Mapping
from datetime import datetime
from math import floor, log10

from discovery.patterns.asking import Counts
from discovery.patterns.candidates import BURST, OUTCOME, Candidate
from discovery.patterns.rules import Rule, Term
from warehouse.language import zones
from warehouse.language.query import Window
from warehouse.language.studies.discovery import DEVICE, HOUR, ORIGIN, PLACE

LONGEST_NAME, LONGEST_PART = 200, 60
ABSENT: Mapping[str, str] = {
    "source": "direct",
    "medium": "no medium",
    "channel": "no channel",
    "country": "unknown country",
    "region": "unknown region",
    DEVICE: "unknown device",
}
EVERYTHING = "all traffic"
NEVER = 1e-12


def name(candidate: Candidate, window: Window, zone: str) -> str:
    """Return what the pattern may be called: `newsletter · mobile · 18–22 h`."""
    parts = _parts(candidate.rule) or [EVERYTHING]
    if candidate.sort == BURST:
        parts.append(_short(window, zone))
    return " · ".join(parts)[:LONGEST_NAME]


def explanation(
    candidate: Candidate, counts: Counts, whole: Counts, *, window: Window, zone: str
) -> str:
    """Return why it is a pattern, with its numbers."""
    told = f"{_counted(counts.events, 'event')} of {_counted(counts.visitors, 'visitor')}"
    who = ", ".join(_parts(candidate.rule)) or EVERYTHING
    rare = _rare(candidate.chance_of(counts.visitors))
    if candidate.sort == BURST:
        due = f"{candidate.expected:,.1f}" if candidate.expected >= 1 else "fewer than one"
        return (
            f"{told} ({who}) {_span(window, zone)}: {candidate.observed:,.0f} visits where other"
            f" hours promise {due}, {_times(candidate.lift)} as many; {rare}."
        )
    share = counts.events / max(whole.events, 1)
    if candidate.sort == OUTCOME:
        here = candidate.observed / max(candidate.visits, 1)
        return (
            f"{told} ({share:.1%} of what has no campaign; {who}): visitors who convert make"
            f" {here:.1%} of the visits, {_times(candidate.lift)} as many as elsewhere; {rare}."
        )
    return (
        f"{told} ({share:.1%} of what has no campaign): {who} meet"
        f" {_times(candidate.lift)} as often as by chance; {rare}."
    )


def _parts(rule: Rule) -> list[str]:
    told = {term.field: _values(term) for term in rule}
    origin = [told[field] for field in ORIGIN if field in told]
    place = [told[field] for field in PLACE if field in told]
    found = [" / ".join(origin), ", ".join(reversed(place)), told.get(DEVICE, "")]
    return [part for part in (*found, told.get(HOUR, "")) if part]


def _values(term: Term) -> str:
    if term.field == HOUR:
        return f"{term.values[0]}–{(int(term.values[-1]) + 1) % 24 or 24} h"
    shown = [str(value) or ABSENT[term.field] for value in term.values]
    text = " + ".join(shown)
    return text if len(text) <= LONGEST_PART else f"{text[: LONGEST_PART - 1]}…"


def _short(window: Window, zone: str) -> str:
    start, end = _local(window, zone)
    return f"{start:%-d %b} {start:%H:%M}–{end:%H:%M}"


def _span(window: Window, zone: str) -> str:
    start, end = _local(window, zone)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%-d %B %H:%M}"
    return f"from {start:%-d %B %Y %H:%M} to {last}"


def _local(window: Window, zone: str) -> tuple[datetime, datetime]:
    return zones.local(window.start, zone), zones.local(window.end, zone)


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"


def _times(lift: float) -> str:
    return f"{lift:,.1f} times" if lift < 1000 else "over 1,000 times"


def _rare(chance: float) -> str:
    if chance < NEVER:
        return "so much by chance is rarer than once in a million million windows"
    return (
        f"so much by chance is rarer than once in {10 ** max(1, floor(-log10(chance))):,} windows"
    )
