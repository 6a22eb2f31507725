"""Writes the statements of the analytics copy, in BigQuery's dialect: `@name` is a bound value.

`{dataset}` and `{place}` stand for names of the installation's own, which the source fills in.
Every change of events names one organization, and only who has its highest fence can publish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from warehouse.sql.copying import PRIME

OWN = "organization_id = @organization_id"
OF_VISITOR = "visitor_id = @visitor_id"
HOLDS_FENCE = (
    "EXISTS (SELECT 1 FROM {dataset}.copy_fences"
    " WHERE organization_id = @organization_id AND fence = @fence)"
)
FIGURES = (
    "COUNT(*)",
    "SUM(page_views)",
    "SUM(session_duration)",
    "SUM(conversion_value)",
    "SUM(UNIX_MILLIS(event_time))",
    "SUM(UNIX_MILLIS(received_at))",
    f"SUM(MOD(visitor_hash, {PRIME}))",
    f"SUM(MOD(session_track, {PRIME}))",
    "SUM(BYTE_LENGTH(event_id))",
    "SUM(BYTE_LENGTH(click_id) + BYTE_LENGTH(campaign_id) + BYTE_LENGTH(url))",
)
"""What is compared with the event store, in the order of `warehouse.sql.copying.FIGURES`."""


@dataclass(frozen=True, slots=True)
class Script:
    """Text for BigQuery with its values, and whose rows it is about (a label of its job)."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""


def raise_fence(owner: str, fence: int) -> Script:
    """Return what keeps everybody below `fence` from publishing for an organization.

    It changes the row that publishing changes as well, so of two at once only one is committed.
    """
    return Script(
        "BEGIN TRANSACTION;\n"
        f"DELETE FROM {{dataset}}.copy_fences WHERE {OWN} AND fence < @fence;\n"
        "INSERT INTO {dataset}.copy_fences (organization_id, fence, used)"
        " SELECT @organization_id, @fence, 0 FROM (SELECT COUNT(*) AS known"
        f" FROM {{dataset}}.copy_fences WHERE {OWN} AND fence >= @fence) WHERE known = 0;\n"
        "COMMIT TRANSACTION;",
        {"organization_id": owner, "fence": fence},
        owner,
    )


def publish(owner: str, day: date, fence: int, staging: str, columns: Sequence[str]) -> Script:
    """Return what puts a staged day in the place of what is there, all of it or nothing."""
    names = ", ".join(columns)
    return Script(
        "BEGIN TRANSACTION;\n"
        f"UPDATE {{dataset}}.copy_fences SET used = used + 1 WHERE {OWN} AND fence = @fence;\n"
        f"DELETE FROM {{dataset}}.analytics_events WHERE {OWN} AND event_date = @day"
        f" AND {HOLDS_FENCE};\n"
        f"INSERT INTO {{dataset}}.analytics_events ({names})"
        f" SELECT {names} FROM {{dataset}}.{staging}"
        f" WHERE {OWN} AND event_date = @day AND {HOLDS_FENCE};\n"
        "COMMIT TRANSACTION;",
        {"organization_id": owner, "day": day, "fence": fence},
        owner,
    )


def figures(owner: str, day: date) -> Script:
    """Return what sums up a day of an organization: one row, as `FIGURES` says."""
    return Script(
        f"SELECT {', '.join(f'COALESCE({one}, 0)' for one in FIGURES)}"
        f" FROM {{dataset}}.analytics_events WHERE {OWN} AND event_date = @day",
        {"organization_id": owner, "day": day},
        owner,
    )


def count(owner: str, visitor_id: str | None = None) -> Script:
    """Return what counts the events of an organization, or of one visitor of it."""
    text = f"SELECT COUNT(*) FROM {{dataset}}.analytics_events WHERE {OWN}"
    return _of(owner, text, visitor_id)


def remove(owner: str, visitor_id: str | None = None) -> Script:
    """Return what removes the events of an organization, or of one visitor of it."""
    return _of(owner, f"DELETE FROM {{dataset}}.analytics_events WHERE {OWN}", visitor_id)


REFRESH = Script("CALL BQ.REFRESH_MATERIALIZED_VIEW('{place}.campaign_performance')")
"""Has the view forget at once what was removed, instead of within the hour."""


def _of(owner: str, text: str, visitor_id: str | None) -> Script:
    values = {"organization_id": owner}
    if visitor_id is None:
        return Script(text, values, owner)
    return Script(f"{text} AND {OF_VISITOR}", values | {"visitor_id": visitor_id}, owner)
