"""What the intake asks before it inserts: which ids, which rows are there already."""

from collections.abc import Collection
from datetime import date, datetime

from warehouse.sql.statement import Statement

KNOWN = """
SELECT organization_id, id_hash, batch_id, toUnixTimestamp64Milli(received_at)
FROM trellis.event_ids
WHERE organization_id IN {organizations:Array(String)}
  AND id_hash IN {hashes:Array(UInt64)}
  AND received_at BETWEEN {since:DateTime64(3, 'UTC')} AND {until:DateTime64(3, 'UTC')}
"""
LANDED = """
SELECT DISTINCT batch_id, toYYYYMM(event_date)
FROM trellis.events(organization_id = {organization_id:String})
WHERE event_date BETWEEN {first:Date} AND {last:Date} AND batch_id IN {batches:Array(String)}
"""


def known(
    organizations: Collection[str], hashes: Collection[int], since: datetime, until: datetime
) -> Statement:
    """Return who brought these id hashes between two times of arrival.

    Rows: organization, hash, batch, milliseconds of arrival.
    """
    return Statement(
        KNOWN,
        {
            "organizations": list(organizations),
            "hashes": list(hashes),
            "since": since,
            "until": until,
        },
        tuple(organizations),
    )


def landed(organization_id: str, batches: Collection[str], first: date, last: date) -> Statement:
    """Return which months of which batches are stored already: (batch, year and month)."""
    return Statement(
        LANDED,
        {
            "organization_id": organization_id,
            "batches": list(batches),
            "first": first,
            "last": last,
        },
        (organization_id,),
    )
