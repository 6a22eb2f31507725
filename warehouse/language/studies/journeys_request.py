"""Reads what is asked of journeys, noting every fault by its field."""

from datetime import datetime

from warehouse.language.body import Body
from warehouse.language.matches import Matches
from warehouse.language.query import Query
from warehouse.language.spans import length
from warehouse.language.studies.attribution import DIMENSION, LOOKBACK, MILLISECOND
from warehouse.language.studies.attribution_request import conversions, dimension, reaching_back
from warehouse.language.studies.journeys import NEXT, PATHS, VIEWS, Journeys

FIELDS = ("view", "after", "dimension", "conversion_event", "lookback")
OF_PATHS = ("dimension", "conversion_event", "lookback")


def read(body: Body, query: Query, now: datetime) -> Journeys:
    """Return what `body` asks; its faults are noted."""
    after = body.given.get("after")
    view = body.choice("view", VIEWS) or (PATHS if after is None else NEXT)
    if view == NEXT:
        return _next(body, query, after)
    if after is not None:
        body.faults.add("after", "conflict", f"Goes with view {NEXT} only.")
    back = length(body.given.get("lookback"), "lookback", body.faults, LOOKBACK)
    return Journeys(
        span=reaching_back(query.window, back),
        view=view,
        dimension=dimension(body),
        of=conversions(body),
        lookback_ms=back // MILLISECOND,
    )


def _next(body: Body, query: Query, after: object) -> Journeys:
    if after is None:
        detail = 'Say after which event: a name, or {"event": NAME or null, "filters": […]}.'
        body.faults.add("after", "required", detail)
    for key in OF_PATHS:
        if body.given.get(key) is not None:
            body.faults.add(key, "conflict", f"Says nothing about what comes next (view {NEXT}).")
    match = Matches(query.timezone, body.faults).read(after, "after")
    return Journeys(span=query.window, view=NEXT, dimension=DIMENSION, of=match)
