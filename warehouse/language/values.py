"""Reads the values of a filter: what each kind of field may be compared with, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from warehouse.language import periods
from warehouse.language.faults import Faults, shorten
from warehouse.language.query import Value

EQUALITY = frozenset({"eq", "ne", "in", "not_in"})
ORDER = frozenset({"gt", "gte", "lt", "lte", "between"})
TEXT = frozenset({"contains", "not_contains", "starts_with", "ends_with", "matches"})
PRESENCE = frozenset({"is_null", "is_not_null"})
OPERATORS = EQUALITY | ORDER | TEXT | PRESENCE
COUNTS = {
    "between": (2, 2),
    "in": (1, 1000),
    "not_in": (1, 1000),
    "is_null": (0, 0),
    "is_not_null": (0, 0),
}
BY_KIND = {
    "string": OPERATORS,
    "property": OPERATORS,
    "boolean": EQUALITY | PRESENCE,
    "integer": EQUALITY | ORDER | PRESENCE,
    "number": EQUALITY | ORDER | PRESENCE,
    "decimal": EQUALITY | ORDER | PRESENCE,
    "date": EQUALITY | ORDER | PRESENCE,
    "time": EQUALITY | ORDER | PRESENCE,
    "list": frozenset({"contains", "not_contains"}) | PRESENCE,
}
LONGEST_TEXT = 2000
MOST_NUMBER = Decimal(10) ** 14
TRUTHS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a value stands and what it means there."""

    path: str
    zone: str
    faults: Faults


def read(kind: str, value: object, reading: Reading) -> Value | None:
    """Return `value` as its field's kind compares it; faults are noted and give None."""
    return READERS[kind](value, reading)


def _text(value: object, reading: Reading) -> str | None:
    if not isinstance(value, str) or not value:
        hint = "Must be text that is not empty; for absent values use is_null or is_not_null."
        reading.faults.add(reading.path, "invalid", hint)
        return None
    if len(value) > LONGEST_TEXT or not _encodes(value):
        limit = f"Must be valid Unicode of at most {LONGEST_TEXT} characters."
        reading.faults.add(reading.path, "invalid", limit)
        return None
    return value


def _encodes(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _property(value: object, reading: Reading) -> Value | None:
    """Text compares as text, a number as a number, a truth as the text it was stored as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(value, reading)
    return _text(value, reading)


def _number(value: object, reading: Reading) -> Decimal | None:
    number = None
    if isinstance(value, int | float | Decimal | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value)) if len(str(value)) <= 40 else None
        except InvalidOperation:
            number = None
    if number is None or not number.is_finite() or number.copy_abs() >= MOST_NUMBER:
        detail = f"{shorten(value)} is not a number below {MOST_NUMBER:.0e}."
        reading.faults.add(reading.path, "invalid", detail)
        return None
    return number


def _boolean(value: object, reading: Reading) -> bool | None:
    truth = TRUTHS.get(str(value).lower()) if isinstance(value, bool | int | str) else None
    if truth is None:
        reading.faults.add(reading.path, "invalid", f"{shorten(value)} is not true or false.")
    return truth


def _date(value: object, reading: Reading) -> str | None:
    try:
        if not isinstance(value, str) or not periods.DATE.fullmatch(value):
            raise ValueError(value)  # noqa: TRY301
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or not periods.EARLIEST <= day <= periods.LATEST:
        reading.faults.add(reading.path, "invalid", f"{shorten(value)} is no date (YYYY-MM-DD).")
        return None
    return value if isinstance(value, str) else None


def _time(value: object, reading: Reading) -> Value | None:
    return periods.instant(value, reading.zone, reading.path, reading.faults)


READERS: dict[str, Callable[[object, Reading], Value | None]] = {
    "string": _text,
    "property": _property,
    "list": _text,
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "decimal": _number,
    "date": _date,
    "time": _time,
}
