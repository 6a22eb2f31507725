"""Writes the statements that move months of events to the archive: the cold volume of the engine.

A month (UTC) is a partition of `analytics_events`, and moving one changes no row: whoever reads,
inserts or removes rows meanwhile and afterwards does so as ever.
"""

from warehouse.sql.statement import DATABASE, Statement

POLICY, VOLUME = "trellis_archive", "archive"
TABLE = f"{DATABASE}.analytics_events"
OF_EVENTS = "database = {database:String} AND table = 'analytics_events' AND active"
ARCHIVED = (
    "disk_name IN (SELECT arrayJoin(disks) FROM system.storage_policies"
    " WHERE policy_name = {policy:String} AND volume_name = {volume:String})"
)
NAMES = {"database": DATABASE, "policy": POLICY, "volume": VOLUME}

PLACE = Statement(
    "SELECT count() FROM system.storage_policies"
    " WHERE policy_name = {policy:String} AND volume_name = {volume:String}",
    NAMES,
)
"""How many volumes there are to move to: none where the server's configuration names none."""
ADOPT = Statement(f"ALTER TABLE {TABLE} MODIFY SETTING storage_policy = '{POLICY}'")
"""Let the table use both volumes; said again it changes nothing."""
HELD = Statement(
    "SELECT toUInt32(partition) AS month, sum(rows), sum(bytes_on_disk) FROM system.parts"
    f" WHERE {OF_EVENTS} AND {ARCHIVED} GROUP BY month ORDER BY month",
    NAMES,
)
"""What the archive holds: (month such as 202401, rows, bytes)."""


def due(before: int) -> Statement:
    """Return the months before one, such as 202411, of which something is not archived yet."""
    return Statement(
        "SELECT DISTINCT toUInt32(partition) AS month FROM system.parts"
        f" WHERE {OF_EVENTS} AND NOT {ARCHIVED} AND month < {{before:UInt32}} ORDER BY month",
        {**NAMES, "before": before},
    )


def move(month: int) -> Statement:
    """Return what moves what the engine holds of a month to the archive, part by part."""
    return Statement(
        f"ALTER TABLE {TABLE} MOVE PARTITION {{month:UInt32}} TO VOLUME '{VOLUME}'",
        {"month": month},
    )
