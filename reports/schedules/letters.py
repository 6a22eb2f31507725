"""The letter that tells a person what a schedule has found: plain text, with the first rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
from django.utils.text import slugify

from reports.address import public_url
from reports.models import Firing
from reports.representation import BASE
from warehouse.language import zones

ROWS = 10
"""How many rows a letter shows."""
MOST_COLUMNS, WIDEST = 8, 24
FOUND = """\
{name}: {kind}, {period}.

{table}

The whole result is {where}
{address}
"""
FAILED = """\
{name}: there is no result this time.

{why}

{address}
"""
LOGIN = "Where you are not logged in, this leads there by way of the login:"
REASON = """\
You get this letter because the schedule "{name}" of {organization} names your address. It was due
{due}. Whoever may submit reports there can change it through the API, as schedule
{schedule}.
"""


def compose(firing: Firing, told: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the payload of the letter: its subject, its text and what is to be attached."""
    schedule = firing.schedule
    period = _period(told, schedule.timezone)
    succeeded = firing.state == "succeeded"
    path = _path(firing, succeeded)
    words = {
        "name": schedule.name,
        "kind": schedule.kind,
        "organization": " ".join(schedule.organization.name.split()),
        "period": period,
        "due": _shown(firing.due_at, schedule.timezone),
        "table": _table(told) if told else "Its rows could not be read.",
        "where": f"attached as {schedule.format}, and at" if told else "at",
        "why": (firing.error or {}).get("detail", "It has failed."),
        "address": path and _address(path),
        "schedule": schedule.pk,
    }
    text = (FOUND if succeeded else FAILED) + "\n" + REASON
    return {
        "subject": f"{schedule.name}: {period if succeeded else 'no result'}",
        "text": text.format_map(words),
        "attachment": _attachment(firing) if told else None,
    }


def _path(firing: Firing, succeeded: bool) -> str:
    if firing.report_id is None:
        return ""
    report = f"{BASE}/{firing.report_id}"
    return f"{report}/result?format={firing.schedule.format}" if succeeded else report


def _address(path: str) -> str:
    """Say where something is, also for a person whom the API does not know yet."""
    login = public_url(f"/login?next={quote(path)}")
    return f"{public_url(path)}\n\n{LOGIN}\n{login}"


def _attachment(firing: Firing) -> dict[str, str]:
    schedule = firing.schedule
    day = zones.local(firing.due_at, schedule.timezone).date()
    name = f"{slugify(schedule.name) or schedule.kind}-{day}.{schedule.format}"
    return {"name": name, "format": schedule.format}


def _period(told: Mapping[str, Any] | None, zone: str) -> str:
    """Say the window in the result's own time zone: by days where it is whole days."""
    meta = (told or {}).get("meta") or {}
    if not meta.get("window"):
        return "its period"
    zone = meta.get("timezone") or zone
    start, end = (
        zones.local(datetime.fromisoformat(meta["window"][side]), zone) for side in ("start", "end")
    )
    if start.time() == end.time() == datetime.min.time():
        last = (end - timedelta(days=1)).date()
        return f"{start.date()}" if last == start.date() else f"{start.date()} to {last}"
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone})"


def _shown(at: datetime, zone: str) -> str:
    return f"{zones.local(at, zone):%Y-%m-%d %H:%M} ({zone})"


def _table(told: Mapping[str, Any]) -> str:
    """Return the first rows as aligned text, and the totals if there are any."""
    columns = told["columns"][:MOST_COLUMNS]
    if not told["rows"]:
        return "There are no rows."
    lines = [[_cell(one["name"]) for one in columns]]
    lines += [[_cell(cell) for cell in row[:MOST_COLUMNS]] for row in told["rows"]]
    right = [one["role"] == "metric" for one in columns]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [_line(cells, widths, right) for cells in lines]
    more = ((told.get("meta") or {}).get("row_count") or 0) - len(told["rows"])
    if more > 0:
        text.append(f"… and {more:,} more rows")
    if totals := told.get("totals"):
        text += ["", "Totals: " + ", ".join(f"{key} {_cell(totals[key])}" for key in totals)]
    return "\n".join(text)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    placed = (
        cell.rjust(width) if to_the_right else cell.ljust(width)
        for cell, width, to_the_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(placed).rstrip()


def _cell(value: object) -> str:
    """Show a value on one line and not too wide."""
    if value is None:
        return "–"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}"
    plain = orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)
    text = "".join(one if one.isprintable() else " " for one in plain)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
