"""The checks of single field values: each returns what is kept, or raises `BadValue`."""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

Check = Callable[[Any], Any]
DECIMAL_PLACES = 10_000
DECIMAL_LIMIT = 10**14
PROPERTY_LIMIT = 100
PROPERTY_NAME_LIMIT = 100
PROPERTY_VALUE_LIMIT = 8192


class BadValue(ValueError):
    """A field cannot be used: `code` is for programs, the message for people."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


def text(limit: int) -> Check:
    """Return a check for a string of at most `limit` characters."""

    def check(value: Any) -> str:
        if type(value) is not str:
            raise BadValue("wrong_type", "must be a string")
        if len(value) > limit:
            raise BadValue("too_long", f"must have at most {limit} characters")
        return value

    return check


def whole(most: int) -> Check:
    """Return a check for a whole number from 0 to `most`."""

    def check(value: Any) -> int:
        if type(value) is not int:
            raise BadValue("wrong_type", "must be a whole number")
        if not 0 <= value <= most:
            raise BadValue("out_of_range", f"must be from 0 to {most}")
        return value

    return check


def fraction(value: Any) -> float:
    """Check a number from 0 to 1."""
    if type(value) not in (int, float):
        raise BadValue("wrong_type", "must be a number")
    if not 0 <= value <= 1:
        raise BadValue("out_of_range", "must be from 0 to 1")
    return float(value)


def money(value: Any) -> int:
    """Check an amount; returns it in ten-thousandths."""
    if type(value) not in (int, float, str):
        raise BadValue("wrong_type", "must be a decimal number")
    try:
        amount = Decimal(str(value))
        small = not amount.is_finite() or amount.copy_abs() < DECIMAL_LIMIT
        # Only then: rounding 1e999999 to a whole number would take half a minute.
        scaled = round(amount * DECIMAL_PLACES) if small else None
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadValue("invalid", "must be a decimal number such as 19.99") from error
    if scaled is None or abs(scaled) >= DECIMAL_LIMIT * DECIMAL_PLACES:
        raise BadValue("out_of_range", "must be below 100 trillion")
    return scaled


@lru_cache(maxsize=4096)
def instant(value: Any) -> int:
    """Check an RFC 3339 time; returns milliseconds since 1970."""
    if type(value) is not str:
        raise BadValue("wrong_type", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(value)
        seconds = int(moment.timestamp()) if moment.tzinfo else None
    except (ValueError, OverflowError) as error:
        raise BadValue("invalid", "must be an RFC 3339 time: 2026-01-31T12:00:00Z") from error
    if seconds is None:
        raise BadValue("invalid", "needs an offset from UTC, such as Z or +02:00")
    if not 0 <= seconds < 4_102_444_800:
        raise BadValue("out_of_range", "must be from 1970 to 2099")
    return seconds * 1000 + moment.microsecond // 1000


@lru_cache(maxsize=65536)
def address(value: Any) -> str:
    """Check an IPv4 or IPv6 address; returns its canonical form."""
    if type(value) is not str:
        raise BadValue("wrong_type", "must be a string")
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise BadValue("invalid", "must be an IPv4 or IPv6 address") from error


def currency(value: Any) -> str:
    """Check an ISO 4217 code; returns it in capitals."""
    if type(value) is not str or len(value) != 3 or not (value.isascii() and value.isalpha()):
        raise BadValue("invalid", "must be an ISO 4217 code such as EUR")
    return value.upper()


def properties(value: Any) -> dict[str, str]:
    """Check a flat map; returns it with every value as text, nulls left out."""
    if type(value) is not dict:
        raise BadValue("wrong_type", "must be an object")
    if len(value) > PROPERTY_LIMIT:
        raise BadValue("too_many", f"must have at most {PROPERTY_LIMIT} entries")
    return {
        name: item if type(item) is str and len(item) <= 256 else _property(name, item)
        for name, item in value.items()
        if item is not None and _named(name)
    }


def _named(name: str) -> bool:
    if not 0 < len(name) <= PROPERTY_NAME_LIMIT:
        raise BadValue("invalid", f"names must have 1 to {PROPERTY_NAME_LIMIT} characters")
    return True


def _property(name: str, item: Any) -> str:
    if type(item) is bool:
        return "true" if item else "false"
    if type(item) in (int, float):
        return str(item)
    if type(item) is not str:
        raise BadValue("wrong_type", f"{name[:50]!r} must be a string, number, boolean or null")
    if len(item) > PROPERTY_VALUE_LIMIT:
        raise BadValue(
            "too_long", f"{name[:50]!r} must have at most {PROPERTY_VALUE_LIMIT} characters"
        )
    return item
