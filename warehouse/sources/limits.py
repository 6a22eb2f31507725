"""What one question may use of an engine, and which settings its user may choose at all."""

from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from warehouse.sql.engine import SERVER_SETTINGS

READING = {"enable_multiple_prewhere_read_steps": 0}
"""How rows are read. Every question has several conditions that nearly all rows meet (the
organization, the days, no bots): to read column after column for those that are left costs more
than it saves, up to two fifths of all processor time (docs/engine.md)."""
SPILLS = ("max_bytes_before_external_group_by", "max_bytes_before_external_sort")


def question_limits(client: Client, *, embedded: bool) -> dict[str, int]:
    """Return the memory one question may use, and from where on it goes to disk.

    Half of an embedded engine's memory, a quarter of a server's; a profile that is stricter stays.
    """
    share = _whole_memory(client) // (2 if embedded else 4)
    most = _stricter(_own(client, "max_memory_usage"), share)
    if not most:
        return {}
    spills = {name: _stricter(_own(client, name), most // 2) for name in SPILLS}
    return {"max_memory_usage": most} | spills


def allowed(client: Client, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `settings` that the user may change: with `readonly=1` that is none."""
    known = client.server_settings
    return {
        name: value
        for name, value in settings.items()
        if name in known and not known[name].readonly
    }


def _own(client: Client, name: str) -> int:
    found = client.server_settings.get(name)
    return int(found.value) if found and found.value.isdigit() else 0


def _whole_memory(client: Client) -> int:
    """Return what the engine may use altogether, or 0 when it does not tell this user."""
    try:
        names = {"names": ["max_server_memory_usage"]}
        rows = client.query(SERVER_SETTINGS, parameters=names).result_rows
    except DatabaseError as error:
        if error.code is None:
            raise
        return 0
    return int(rows[0][1]) if rows else 0


def _stricter(one: int, other: int) -> int:
    """Return the smaller of two limits, of which 0 is none."""
    return min(one, other) if one and other else one or other
