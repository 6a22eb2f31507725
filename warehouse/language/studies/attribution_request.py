"""Reads what is asked of attribution, noting every fault by its field."""

from datetime import datetime, timedelta

from warehouse.language import catalog
from warehouse.language.body import Body
from warehouse.language.matches import event_name
from warehouse.language.parse import NO_WINDOW
from warehouse.language.query import Query, Window
from warehouse.language.spans import length
from warehouse.language.studies.attribution import (
    CHAIN,
    DIMENSION,
    HALF_LIFE,
    LOOKBACK,
    MILLISECOND,
    RULES,
    Attribution,
    conversions_of,
)
from warehouse.language.studies.click import OF_ONE, Click
from warehouse.language.study import Match

FIELDS = (
    "click_id",
    "include_journey",
    "models",
    "dimension",
    "conversion_event",
    "lookback",
    "half_life_days",
    "intervals",
)
LONGEST_CLICK = 2000
LEAST_DAYS, MOST_DAYS = 0.01, 366


def read(body: Body, query: Query, now: datetime) -> Attribution | Click:
    """Return what `body` asks, of all conversions or of one click; its faults are noted."""
    click_id = _click(body)
    found = _credit(body, query)
    include_journey = body.boolean("include_journey")
    if click_id is None:
        if include_journey:
            body.faults.add("include_journey", "conflict", "Goes with a click_id only.")
        return found
    if found.intervals:
        body.faults.add("intervals", "conflict", "One click has none: leave out the click_id.")
    if body.given.get("models") is not None and CHAIN in found.models:
        detail = f"{CHAIN} needs all journeys, not that of one click: take another, or no click_id."
        body.faults.add(f"models[{found.models.index(CHAIN)}]", "conflict", detail)
    return Click(
        span=found.span,
        click_id=click_id,
        include_journey=include_journey,
        models=tuple(model for model in found.models if model in OF_ONE),
        dimension=found.dimension,
        conversion=found.conversion,
        lookback_ms=found.lookback_ms,
        half_life_ms=found.half_life_ms,
    )


def _credit(body: Body, query: Query) -> Attribution:
    models = body.names("models", RULES.get, RULES)
    lookback = length(body.given.get("lookback"), "lookback", body.faults, LOOKBACK)
    return Attribution(
        span=reaching_back(query.window, lookback),
        models=models or tuple(RULES),
        dimension=dimension(body),
        conversion=conversions(body),
        lookback_ms=lookback // MILLISECOND,
        half_life_ms=_half_life(body) // MILLISECOND,
        intervals=body.boolean("intervals"),
    )


def reaching_back(window: Window, lookback: timedelta) -> Window:
    """Return the window with what lies before it as far as a conversion looks back."""
    return window if window is NO_WINDOW else Window(window.start - lookback, window.end)


def _click(body: Body) -> str | None:
    given = body.given.get("click_id")
    if given is None or (isinstance(given, str) and 0 < len(given) <= LONGEST_CLICK):
        return given
    detail = f"Must be one click's id, 1 to {LONGEST_CLICK} characters."
    body.faults.add("click_id", "invalid", detail)
    return None


def dimension(body: Body) -> str:
    """Return by which field touchpoints are told apart."""
    given = body.given.get("dimension")
    if given is None:
        return DIMENSION
    if isinstance(given, str) and catalog.dimension(given):
        return given
    body.faults.unknown("dimension", given, catalog.DIMENSIONS)
    return DIMENSION


def conversions(body: Body) -> Match:
    """Return what a conversion is: an event of the name given, or any that is one."""
    given = body.given.get("conversion_event")
    return conversions_of(event_name(given, "conversion_event", body.faults))


def _half_life(body: Body) -> timedelta:
    given = body.given.get("half_life_days")
    if given is None:
        return HALF_LIFE
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not LEAST_DAYS <= given <= MOST_DAYS:
        detail = f"Must be a number of days from {LEAST_DAYS} to {MOST_DAYS}."
        body.faults.add("half_life_days", "invalid", detail)
        return HALF_LIFE
    return timedelta(days=given)
