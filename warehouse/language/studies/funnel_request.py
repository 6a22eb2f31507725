"""Reads what is asked of a funnel, noting every fault by its field."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from warehouse.language import spans
from warehouse.language.body import Body
from warehouse.language.matches import Matches
from warehouse.language.parse import NO_WINDOW
from warehouse.language.query import Query, Window
from warehouse.language.studies.funnel import (
    ANY,
    ATTRIBUTIONS,
    COUNTED,
    FIRST,
    ORDERED,
    ORDERS,
    VISITOR,
    Exclusion,
    Funnel,
    Step,
)
from warehouse.language.study import Match

LEAST_STEPS, MOST_STEPS, MOST_EXCLUSIONS, MOST_BINS = 2, 20, 10, 100
LONGEST_LABEL = 200
DEFAULT_WITHIN = timedelta(days=14)
FIELDS = (
    "steps",
    "order",
    "window",
    "count_by",
    "exclusions",
    "conversion_after_range",
    "breakdown_attribution",
    "times",
    "histogram",
)


def read(body: Body, query: Query, now: datetime) -> Funnel:
    """Return the funnel of a request; where there are faults it is of no use."""
    order = body.choice("order", ORDERS) or ORDERED
    matches = Matches(query.timezone, body.faults)
    steps = _steps(body, matches, order)
    within = spans.length(body.given.get("window"), "window", body.faults, DEFAULT_WITHIN)
    after_range = body.boolean("conversion_after_range")
    bins = body.whole("histogram", 0, 0, MOST_BINS)
    attribution = body.choice("breakdown_attribution", ATTRIBUTIONS) or FIRST
    times = body.boolean("times", default=True)
    if bins and not times:
        body.faults.add("histogram", "conflict", "There is none without times.")
    if bins and (query.dimensions or query.granularity):
        body.faults.add(
            "histogram", "conflict", "It is of the whole: leave out breakdown and trend."
        )
    return Funnel(
        steps=steps,
        span=_span(query.window, within if after_range else timedelta()),
        within=within,
        order=order,
        counted=body.choice("count_by", COUNTED) or VISITOR,
        exclusions=_exclusions(body, matches, steps, order),
        after_range=after_range,
        attribution=attribution if query.dimensions else FIRST,
        times=times,
        bins=bins,
        asked=now,
    )


def _span(window: Window, more: timedelta) -> Window:
    return window if window is NO_WINDOW else replace(window, end=window.end + more)


def _steps(body: Body, matches: Matches, order: str) -> tuple[Step, ...]:
    given = body.given.get("steps")
    if not isinstance(given, list) or not LEAST_STEPS <= len(given) <= MOST_STEPS:
        detail = f'Give {LEAST_STEPS} to {MOST_STEPS} steps such as {{"event": "click"}}.'
        body.faults.add("steps", "required" if given is None else "invalid", detail)
        return ()
    return tuple(_step(body, matches, place, one, order) for place, one in enumerate(given))


def _step(body: Body, matches: Matches, place: int, given: object, order: str) -> Step:
    path = f"steps[{place}]"
    match = matches.read(given, path, ("label", "optional"))
    own: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    label, optional = own.get("label"), own.get("optional")
    if label is not None and not (isinstance(label, str) and 0 < len(label) <= LONGEST_LABEL):
        detail = f"Must be text of 1 to {LONGEST_LABEL} characters."
        body.faults.add(f"{path}.label", "invalid", detail)
    if optional is not None and not isinstance(optional, bool):
        body.faults.add(f"{path}.optional", "invalid", "Must be true or false.")
    if optional is True and (place == 0 or order != ORDERED):
        detail = "The first step, and steps that are strict or in any order, are never optional."
        body.faults.add(f"{path}.optional", "unsuitable", detail)
    shown = label if isinstance(label, str) else match.event or "any event"
    return Step(match, shown, optional is True)


def _exclusions(
    body: Body, matches: Matches, steps: tuple[Step, ...], order: str
) -> tuple[Exclusion, ...]:
    given = body.given.get("exclusions")
    several = [] if given is None else given
    if not isinstance(several, list) or len(several) > MOST_EXCLUSIONS:
        detail = f"Must be a list of at most {MOST_EXCLUSIONS} exclusions."
        body.faults.add("exclusions", "invalid", detail)
        return ()
    found = [
        _exclusion(body, matches, steps, f"exclusions[{place}]", one, order)
        for place, one in enumerate(several)
    ]
    return tuple(one for one in found if one is not None)


def _exclusion(
    body: Body, matches: Matches, steps: tuple[Step, ...], path: str, given: object, order: str
) -> Exclusion | None:
    match = matches.read(given, path, ("from_step", "to_step"))
    own: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    count = len(steps) or MOST_STEPS
    first = _place(body, own, f"{path}.from_step", (1, count))
    last = _place(body, own, f"{path}.to_step", (count, count))
    if first is None or last is None:
        return None
    if first >= last:
        body.faults.add(f"{path}.from_step", "out-of-range", "Must be before to_step.")
    elif order == ANY and (first, last) != (0, count - 1):
        detail = f"In any order an exclusion is over all steps: 1 to {count}."
        body.faults.add(f"{path}.from_step", "unsuitable", detail)
    elif steps:
        _check(body, steps, path, match, (first, last))
    return Exclusion(match, first, last)


def _place(body: Body, own: Mapping[str, Any], path: str, bounds: tuple[int, int]) -> int | None:
    """Return the place of a step, which callers count from 1."""
    default, most = bounds
    value = own.get(path.rpartition(".")[2])
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        body.faults.add(path, "out-of-range", f"Must be the number of a step, 1 to {most}.")
        return None
    return value - 1


def _check(
    body: Body, steps: tuple[Step, ...], path: str, match: Match, places: tuple[int, int]
) -> None:
    """Note what an exclusion between two steps may not be."""
    for name, place in zip(("from_step", "to_step"), places, strict=True):
        if steps[place].match == match:
            detail = f"The excluded event is step {place + 1} itself."
            body.faults.add(f"{path}.event", "conflict", detail)
        if steps[place].optional:
            body.faults.add(f"{path}.{name}", "unsuitable", "This step is optional; name another.")
