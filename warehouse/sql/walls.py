"""What the engine itself hides from a reader, whatever the text of its statement says.

Every question names its organization already, by the views it reads. This is the second wall: a
statement that forgot to reads nothing. Ids stand in it as hexadecimal digits, so none can end the
text it stands in.
"""

from collections.abc import Sequence

from warehouse.planner.rollups import ROLLUPS
from warehouse.sql.statement import DATABASE

OWNED = (
    "analytics_events",
    "event_ids",
    "session_ranges",
    "session_spans",
    "session_rows",
    *(f"rollup_{rollup.name}" for rollup in ROLLUPS),
)
"""Every table of ours whose rows belong to somebody: those with an `organization_id`."""
FILTERS = "additional_table_filters"


def settings(owners: Sequence[str]) -> dict[str, str]:
    """Return the settings of a read that may see the rows of these organizations alone."""
    condition = _condition([owner.encode().hex() for owner in owners]).replace("'", "\\'")
    pairs = (f"'{DATABASE}.{table}': '{condition}'" for table in OWNED)
    return {FILTERS: f"{{{', '.join(pairs)}}}"}


def policy(table: str) -> str:
    """Return a server's row policy: shown is what belongs to those the filter sent along names.

    It holds where the engine leaves the filter out, as in `merge()`.
    """
    sent = f"CAST(getSetting('{FILTERS}'), 'Map(String, String)')['{DATABASE}.{table}']"
    return f"position({sent}, concat(char(39), lower(hex(organization_id)), char(39))) > 0"


def _condition(digits: Sequence[str]) -> str:
    if not digits:
        return "0"
    if len(digits) == 1:
        return f"organization_id = unhex('{digits[0]}')"
    ids = (f"unhex('{one}')" for one in digits)
    return f"organization_id IN ({', '.join(ids)})"
