"""What tables hold is written down for those who cannot ask the engine."""

from datetime import UTC, datetime, timedelta

from tests.engine import store
from warehouse import sizes

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_sizes_are_written_down_once_a_minute(db, clickhouse):
    event = {"organization_id": "sizes", "event_time": NOW, "visitor_id": "v"}
    store(clickhouse, [event])
    sizes.refresh(clickhouse, now=NOW)
    before = sizes.of_tables()["analytics_events"]
    assert before.rows > 0
    assert before.bytes > 0
    store(clickhouse, [event])
    sizes.refresh(clickhouse, now=NOW + timedelta(seconds=59))
    assert sizes.of_tables()["analytics_events"] == before
    sizes.refresh(clickhouse, now=NOW + timedelta(seconds=61))
    assert sizes.of_tables()["analytics_events"].rows == before.rows + 1
    assert sizes.of_tables()["session_rows"].rows > 0
