"""Lengths of time as requests write them: a value and a unit."""

from collections.abc import Mapping
from datetime import timedelta

from warehouse.language.faults import Faults

UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
LONGEST = timedelta(days=366)


def length(given: object, path: str, faults: Faults, default: timedelta) -> timedelta:
    """Return the length that stands at `path`, at most a year; absent is `default`.

    Units are fixed lengths: a day is 24 hours, also where clocks are turned. Faults are noted.
    """
    if given is None:
        return default
    if not isinstance(given, Mapping):
        faults.add(path, "invalid", 'Must be {"value": 14, "unit": "day"}.')
        return default
    for name in sorted(set(map(str, given)) - {"value", "unit"}):
        faults.unknown(f"{path}.{name}", name, ("value", "unit"))
    value, unit = given.get("value"), given.get("unit", "day")
    if not isinstance(unit, str) or unit.removesuffix("s") not in UNITS:
        faults.unknown(f"{path}.unit", unit, UNITS)
        return default
    each = UNITS[unit.removesuffix("s")]
    most = LONGEST // each
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        faults.add(f"{path}.value", "invalid", f"Must be a whole number from 1 to {most}.")
        return default
    return value * each


def told(span: timedelta) -> str:
    """Return a length in words, in the largest unit that divides it."""
    unit = next(name for name in reversed(UNITS) if not span % UNITS[name])
    count = span // UNITS[unit]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
