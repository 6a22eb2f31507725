"""Reads costs out of a request: what was spent, row by row, and which of them are wanted."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from reports.kinds import fields
from warehouse.costs import Spent
from warehouse.exceptions import FieldError
from warehouse.language.faults import Faults
from warehouse.studies.cents import PLACES, WHOLE

MOST_ROWS = 10_000
MOST_SPENT = 10**12
LONGEST_CAMPAIGN = 256
EARLIEST, LATEST = date(1970, 1, 2), date(2100, 1, 1)
FIELDS = ("day", "campaign_id", "spend")
FILTERS = ("start_date", "end_date", "campaign_id", "limit", "cursor")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
AMOUNT = re.compile(r"\d{1,13}(\.\d+)?", re.ASCII)
DAY = "Must be a day such as 2026-01-31."
CAMPAIGN = f"Must be a campaign's id, 1 to {LONGEST_CAMPAIGN} characters."
SPEND = f"Must be a number from 0 to {MOST_SPENT:,} with at most {PLACES} places."


def spent(body: object) -> list[Spent]:
    """Return the rows of a body; raises `InvalidRequest` naming every bad field."""
    if isinstance(body, Mapping):
        if errors := fields.unknown(body, ("costs",)):
            raise fields.invalid(errors)
        body = body.get("costs")
    if not isinstance(body, list) or len(body) > MOST_ROWS:
        detail = f"Must be a list of at most {MOST_ROWS:,} costs."
        raise fields.invalid([FieldError("costs", "invalid", detail)])
    faults = Faults()
    found: dict[tuple[date, str], Spent] = {}
    for place, row in enumerate(body):
        one = _row(row, f"costs[{place}]", faults)
        if one is not None:
            if (key := (one.day, one.campaign_id)) in found:
                detail = "This day of this campaign is there already."
                faults.add(f"costs[{place}]", "duplicate", detail)
            found[key] = one
    faults.raise_any()
    return list(found.values())


def _row(row: object, path: str, faults: Faults) -> Spent | None:
    if not isinstance(row, Mapping):
        faults.add(path, "invalid", "Must be an object with day, campaign_id and spend.")
        return None
    for name in row:
        if name not in FIELDS:
            faults.unknown(f"{path}.{name}"[:200], name, FIELDS)
    day, campaign, units = (
        day_of(row.get("day")),
        _campaign(row.get("campaign_id")),
        _units(row.get("spend")),
    )
    if day is None:
        faults.add(f"{path}.day", "invalid", DAY)
    if campaign is None:
        faults.add(f"{path}.campaign_id", "invalid", CAMPAIGN)
    if units is None:
        faults.add(f"{path}.spend", "invalid", SPEND)
    if day is None or campaign is None or units is None:
        return None
    return Spent(day, campaign, units)


def _campaign(given: object) -> str | None:
    return given if isinstance(given, str) and 0 < len(given) <= LONGEST_CAMPAIGN else None


def day_of(given: object) -> date | None:
    """Return the day that a text names, or None."""
    if not isinstance(given, str) or not DATE.fullmatch(given):
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _units(given: Any) -> int | None:
    """Return an amount in ten-thousandths; a number of JSON is what its shortest text says."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    text = given if isinstance(given, str) else format(Decimal(repr(given)), "f")
    if not AMOUNT.fullmatch(text):
        return None
    units = Decimal(text) * WHOLE
    return int(units) if units == int(units) and units <= MOST_SPENT * WHOLE else None


def wanted(given: QueryDict) -> dict[str, Any]:
    """Return the arguments of `costs.listed`; raises `InvalidRequest` naming every bad filter."""
    errors = fields.unknown(given, FILTERS, what="filter")
    days = {name: given.get(name) for name in ("start_date", "end_date")}
    read = {name: None if text is None else day_of(text) for name, text in days.items()}
    errors += [
        FieldError(name, "invalid", DAY)
        for name, text in days.items()
        if text is not None and read[name] is None
    ]
    if errors:
        raise fields.invalid(errors)
    campaigns = [one for text in given.getlist("campaign_id") for one in text.split(",") if one]
    return {"start": read["start_date"], "end": read["end_date"], "campaigns": campaigns}
