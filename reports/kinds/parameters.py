"""Flat GET parameters into the JSON body they stand for.

Values keep their text where it is not of the expected form, so that the one parser of bodies
refuses them by name together with everything else that is wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from reports.kinds import fields
from warehouse.exceptions import FieldError

BOOLEANS = {"true": True, "false": False}
WHOLE_NUMBER = re.compile(r"-?\d{1,18}")
LENGTH = re.compile(r"(\d{1,9}) ?([a-z]+)", re.ASCII)
UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE]-?[0-9]{1,2})?")


def body_of(given: Mapping[str, list[str]], known: Sequence[str]) -> dict[str, Any]:
    """Return the body of `given`; raises `InvalidRequest` for unknown or repeated parameters."""
    errors = fields.unknown(given, known, what="parameter")
    errors += [
        FieldError(name, "repeated", "Give this parameter once.")
        for name, values in given.items()
        if len(values) > 1 and name not in LISTS
    ]
    if errors:
        raise fields.invalid(errors)
    body = {name: _value(name, values) for name, values in given.items() if name not in RANGE}
    window = {RANGE[name]: given[name][0] for name in RANGE if name in given}
    return {**body, "time_range": window} if window else body


def flat(names: Sequence[str]) -> tuple[str, ...]:
    """Return the parameters that stand for a body's fields."""
    span = tuple(RANGE) if "time_range" in names else ()
    return (*span, *(name for name in names if name != "time_range"))


def _value(name: str, values: list[str]) -> Any:
    if name in LISTS:
        return LISTS[name](values)
    return READERS.get(name, str)(values[0])


def _words(values: list[str]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def _orders(values: list[str]) -> list[dict[str, str]]:
    """Read `revenue:desc,time` as a list of fields and directions."""
    pairs = [word.rpartition(":") if ":" in word else (word, "", "asc") for word in _words(values)]
    return [{"field": name, "direction": direction} for name, _, direction in pairs]


def _boolean(text: str) -> bool | str:
    return BOOLEANS.get(text.lower(), text)


def _integer(text: str) -> int | str:
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


def _number(text: str) -> float | str:
    return float(text) if NUMBER.fullmatch(text) else text


def _match(text: str) -> Any:
    """Read an event's name; empty is any, and what begins as an object does is one."""
    return _json(text) if text.startswith("{") else text or None


def _length(text: str) -> Any:
    """Read `30d` or `30 days`; a number alone is days, and JSON stands for itself."""
    found = LENGTH.fullmatch(text if not WHOLE_NUMBER.fullmatch(text) else f"{text}d")
    if found is None:
        return _json(text)
    return {"value": int(found[1]), "unit": UNITS.get(found[2], found[2])}


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _happenings(values: list[str]) -> list[dict[str, Any] | Any]:
    """Read `click,view` as steps; one that is `*` is any event. JSON stands for itself."""
    if len(values) == 1 and values[0].lstrip().startswith("["):
        parsed = _json(values[0])
        return parsed if isinstance(parsed, list) else [parsed]
    return [{"event": None if word == "*" else word} for word in _words(values)]


RANGE = {"start_date": "start", "end_date": "end"}
LISTS: dict[str, Callable[[list[str]], Any]] = {
    "metrics": _words,
    "breakdown": _words,
    "campaign_id": _words,
    "models": _words,
    "order_by": _orders,
    "steps": _happenings,
    "include": _words,
}
READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(
        (
            "include_bots",
            "include_unassigned",
            "include_journey",
            "intervals",
            "totals",
            "exact",
            "conversion_after_range",
            "times",
        ),
        _boolean,
    ),
    "limit": _integer,
    "offset": _integer,
    "sample": _number,
    "half_life_days": _number,
    "lookback": _length,
    "filters": _json,
    "exclusions": _json,
    "window": _length,
    "histogram": _integer,
    "periods": _integer,
    "minimum_occurrences": _integer,
    "min_traffic": _integer,
    "max_patterns": _integer,
    "cumulative": _boolean,
    **dict.fromkeys(("start_event", "return_event", "after"), _match),
}
