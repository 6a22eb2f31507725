"""Tells good events from bad ones: every bad field of every event is named."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from enrichment.columns import Columns
from enrichment.fields import FIELDS
from enrichment.values import DECIMAL_LIMIT, DECIMAL_PLACES, BadValue
from warehouse.tenancy.principal import Tenant

AHEAD = timedelta(hours=1)
UNKNOWN_NAMED = 20
"""How many unknown fields of one event are named."""
HINTS = 200
ELSEWHERE = "put it into properties"


@dataclass(frozen=True, slots=True)
class EventError:
    """What is wrong with one field of the event at `index`."""

    index: int
    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The good events by column, what is wrong with the others, and how many those are."""

    columns: Columns
    errors: list[EventError]
    rejected: int


@dataclass(slots=True)
class _Check:
    columns: Columns
    tenant: Tenant
    now: datetime
    errors: list[EventError]

    def refuse(self, index: int, field: str, code: str, detail: str) -> None:
        self.errors.append(EventError(index, field, code, detail))


def validate(events: Sequence[Any], *, tenant: Tenant, now: datetime) -> Checked:
    """Check `events` (decoded JSON) as received by `tenant` at `now`."""
    check = _Check(Columns(len(events)), tenant, now, [])
    _read(check, events)
    for rule in RULES:
        rule(check)
    bad = {error.index for error in check.errors}
    columns = check.columns
    if bad:
        columns = columns.take([i for i in range(columns.count) if i not in bad])
        check.errors.sort(key=lambda error: error.index)
    return Checked(columns, check.errors, len(bad))


def _read(check: _Check, events: Sequence[Any]) -> None:
    objects = [event if type(event) is dict else {} for event in events]
    for index, event in enumerate(events):
        if type(event) is not dict:
            check.refuse(index, "", "wrong_type", "must be an object")
    used = set[str]().union(*objects)
    if used - FIELDS.keys():
        _refuse_unknown(check, objects)
    for name in FIELDS:
        if name in used:
            check.columns.values[name] = _column(check, objects, name)


def _refuse_unknown(check: _Check, objects: Sequence[dict[str, Any]]) -> None:
    """Name each event's unknown fields, with a hint: both are bounded, for senders choose both."""
    hints: dict[str, str] = {}
    for index, event in enumerate(objects):
        unknown = sorted(event.keys() - FIELDS.keys())
        for name in unknown[:UNKNOWN_NAMED]:
            if name not in hints and len(hints) < HINTS:
                hints[name] = _hint(name)
            detail = f"is not a field of an event; {hints.get(name, ELSEWHERE)}"
            check.refuse(index, name[:64], "unknown_field", detail)


def _hint(name: str) -> str:
    near = difflib.get_close_matches(name[:64], FIELDS, n=3)
    return f"did you mean {', '.join(near)}?" if near else ELSEWHERE


def _column(check: _Check, objects: Sequence[dict[str, Any]], name: str) -> list[Any]:
    convert = FIELDS[name]
    column = [event.get(name) for event in objects]
    for index, value in enumerate(column):
        if value is None:
            continue
        if value == "":
            column[index] = None
            continue
        try:
            column[index] = convert(value)
        except BadValue as error:
            column[index] = None
            check.refuse(index, name, error.code, str(error))
        except TypeError:  # an object or list where a remembered check wants one value
            column[index] = None
            check.refuse(index, name, "wrong_type", "must be a string")
    return column


def _named(check: _Check) -> None:
    refused = {error.index for error in check.errors if error.field in {"", "event_name"}}
    for index, name in enumerate(check.columns.get("event_name")):
        if name is None and index not in refused:
            check.refuse(index, "event_name", "required", "is required")


def _timed(check: _Check) -> None:
    """Fill in the time of arrival, and refuse what is said to happen in the future."""
    arrival = int(check.now.timestamp() * 1000)
    latest = arrival + int(AHEAD.total_seconds() * 1000)
    column = check.columns.values.get("event_time")
    if column is None:
        check.columns.values["event_time"] = [arrival] * check.columns.count
        return
    for index, value in enumerate(column):
        if value is None:
            column[index] = arrival
        elif value > latest:
            check.refuse(index, "event_time", "in_future", "is more than 1 hour ahead")


def _priced(check: _Check) -> None:
    """Turn amounts into the organization's currency, keeping what was sent as properties."""
    amounts = check.columns.values.get("conversion_value")
    if amounts is None or "currency" not in check.columns.values:
        return
    own = check.tenant.currency
    for index, code in enumerate(check.columns.values["currency"]):
        if code in (None, own) or amounts[index] is None:
            continue
        rate = check.tenant.currency_rates.get(code)
        if rate is None:
            check.refuse(
                index, "currency", "no_rate", f"the organization has no rate from {code} to {own}"
            )
        else:
            _convert(check, index, rate)


def _convert(check: _Check, index: int, rate: Decimal) -> None:
    values = check.columns.values
    amount, code = values["conversion_value"][index], values["currency"][index]
    converted = round(amount * rate)
    if abs(converted) >= DECIMAL_LIMIT * DECIMAL_PLACES:
        check.refuse(index, "conversion_value", "out_of_range", "is too large once converted")
        return
    sent = {
        "original_value": format(Decimal(amount).scaleb(-4).normalize(), "f"),
        "original_currency": code,
    }
    kept = values.setdefault("properties", [None] * check.columns.count)
    kept[index] = {**(kept[index] or {}), **sent}
    values["conversion_value"][index] = converted
    values["currency"][index] = check.tenant.currency


RULES: tuple[Callable[[_Check], None], ...] = (_named, _timed, _priced)
