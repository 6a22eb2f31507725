"""Where the engine's benchmarks work: a folder with an event store and a relational database."""

import os
import time
from datetime import UTC

import django
from django.core.management import call_command

from tests.benchmarks.traffic.parameters import organization_id
from tests.engine import everybody
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.statement import Statement

ORGANIZATION = organization_id(0)
QUIET_SECONDS = 1.5
MOST_SECONDS = 600
MERGES = Statement("SELECT count() FROM system.merges")
DAYS = (
    "SELECT toString(organization_id), event_date, count(), max(event_time)"
    " FROM trellis.analytics_events GROUP BY 1, 2"
)


def prepare(folder):
    """Set up Django for a folder; what needs Django can be imported only after this."""
    os.environ["TRELLIS_VAR"] = str(folder)
    os.environ["TRELLIS_LOG_LEVEL"] = "WARNING"
    os.environ["DJANGO_SETTINGS_MODULE"] = "warehouse.settings"
    django.setup()
    call_command("migrate", verbosity=0)


def address(folder):
    """Return the URL of the folder's event store."""
    return f"chdb://{folder}/clickhouse"


def opened(folder):
    """Return the folder's event store with the product's schema."""
    clickhouse = ClickHouse.open(address(folder))
    apply(clickhouse)
    return clickhouse


def settle(clickhouse):
    """Wait until the engine has merged what it wants to merge; returns the seconds it took."""
    began = last = time.monotonic()
    while time.monotonic() < min(began + MOST_SECONDS, last + QUIET_SECONDS):
        if clickhouse.run(MERGES, tag="benchmark").rows[0][0]:
            last = time.monotonic()
        time.sleep(0.2)
    return last - began


def record_days(clickhouse):
    """Note what each day holds, as the intake would have."""
    from warehouse import days  # noqa: PLC0415  a model: only once Django is set up

    counts = {
        (organization, day): days.DayCount(rows, rows * 40, newest.replace(tzinfo=UTC))
        for organization, day, rows, newest in everybody(clickhouse, DAYS).result_rows
    }
    days.record(counts)
