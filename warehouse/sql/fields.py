"""How the fields of events and sessions are written for ClickHouse, whichever table holds them."""

from collections.abc import Callable

from warehouse.language import catalog
from warehouse.language.fields import SESSION, Field
from warehouse.sql import moments
from warehouse.sql.binder import Binder
from warehouse.sql.moments import Clock

OF_SESSION = {
    "landing_page": "landing_page",
    "exit_page": "exit_page",
    "session_source": "source",
    "session_medium": "medium",
    "session_channel": "channel",
    "session_campaign_id": "campaign_id",
}
"""Under which name the sessions table holds a field of sessions."""
TIMES: dict[str, Callable[[Clock, Binder], str]] = {
    "event_date": lambda clock, binder: moments.bucket("day", clock, binder),
    "hour_of_day": moments.hour_of_day,
    "weekday": moments.weekday,
}
SHOWN: dict[str, str] = {"string": "nullIf({key}, '')", "property": "nullIf({key}, '')"}


def stored(name: str, clock: Clock, binder: Binder) -> str:
    """Return the value of a field as grouping and filters use it; absent text is ''."""
    field = known(name)
    if name in TIMES:
        return TIMES[name](clock, binder)
    if field.scope == SESSION:
        held = f"session_{OF_SESSION[name]}"
        # An event that has just come may stand beside its visitor's session before its own.
        return f"if(event_time <= session_finish, {held}, '')" if clock.joined else held
    if field.kind == "property":
        key = name.removeprefix(catalog.PROPERTY)
        return f"properties[{binder.bind(('property', key), 'String', lambda _: key)}]"
    if field.kind == "number":
        return f"round(toFloat64({field.name}), 4)"
    if field.kind == "time":
        return f"toUnixTimestamp64Micro(toDateTime64({field.name}, 6, 'UTC'))"
    return field.name


def shown(name: str, key: str) -> str:
    """Return how a grouped value is shown: absent text as null."""
    return SHOWN.get(known(name).kind, "{key}").format(key=key)


def known(name: str) -> Field:
    """Return the field of a question that was understood; only the catalog's names become SQL."""
    found = catalog.field(name)
    if found is None:
        raise KeyError(name)
    return found
