"""Reads which events count for something: a name, or null for any, and filters of their own."""

from collections.abc import Collection, Mapping
from typing import Any

from warehouse.language import filters
from warehouse.language.canonical import together
from warehouse.language.faults import Faults
from warehouse.language.study import Match

LONGEST_NAME = 64
KEYS = ("event", "filters")
ANY = Match(None)


class Matches:
    """Reads the matches of one request; all its filters together are bounded."""

    def __init__(self, zone: str, faults: Faults) -> None:
        self._faults = faults
        self._filters = filters.Parser(zone, faults)

    def read(self, given: object, path: str, more: Collection[str] = ()) -> Match:
        """Return the match that stands at `path`: an object, or a name or null alone.

        `more` are keys that mean something there besides. Faults are noted and give any event.
        """
        body: Mapping[str, Any] = {"event": given} if given is None else {}
        if isinstance(given, str):
            body = {"event": given}
        elif isinstance(given, Mapping):
            body = given
        elif given is not None:
            self._faults.add(path, "invalid", 'Must be {"event": NAME or null, "filters": […]}.')
            return ANY
        known = (*KEYS, *more)
        for name in sorted(set(map(str, body)) - set(known)):
            self._faults.unknown(f"{path}.{name}", name, known)
        named = path if isinstance(given, str) else f"{path}.event"
        found = self._filters.parse(body.get("filters"), f"{path}.filters")
        if found.having:
            detail = "Metrics are of many events and cannot tell one; compare event fields."
            self._faults.add(f"{path}.filters", "unsuitable", detail)
        return Match(event_name(body.get("event"), named, self._faults), together(found.where))


def event_name(given: object, path: str, faults: Faults) -> str | None:
    """Return a name of events, or None for any; the fault of another is noted at `path`."""
    if given is None or (isinstance(given, str) and 0 < len(given) <= LONGEST_NAME):
        return given
    detail = f"Must be an event's name, 1 to {LONGEST_NAME} characters, or null for any."
    faults.add(path, "invalid", detail)
    return None
