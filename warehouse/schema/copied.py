"""The columns of BigQuery's `analytics_events` as Arrow types, and its numbered migrations."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from warehouse.schema.apply import statements
from warehouse.schema.events import EVENTS
from warehouse.sql.bigquery import Script

FOLDER = Path(__file__).parent / "bigquery"
WIDER = {pa.uint32(): pa.int64(), pa.uint8(): pa.int64(), pa.float32(): pa.float64()}


def _copied(field: pa.Field) -> pa.Field:
    kind = pa.string() if field.name == "properties" else WIDER.get(field.type, field.type)
    return pa.field(field.name, kind)


COPIED: pa.Schema = pa.schema(
    [
        pa.field("event_date", pa.date32()),
        pa.field("visitor_hash", pa.int64()),
        pa.field("session_track", pa.int64()),
        *map(_copied, EVENTS),
    ]
)


def migrations() -> Iterator[Script]:
    """Yield every statement of the schema in order; each may be repeated."""
    for path in sorted(FOLDER.glob("*.sql")):
        for one in statements(path.read_text()):
            yield Script(one.text)
