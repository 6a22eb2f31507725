"""A schedule that was made or changed by a clock that was wrong."""

import pytest

from reports.schedules import schedules
from tests.reports.builders import after
from tests.reports.schedules.builders import ALICE, HOUR, fire, schedule

pytestmark = pytest.mark.django_db


def test_one_made_while_the_clock_was_ahead_fires_after_it_was_put_back(acme):
    schedule(acme, now=after(400 * 24 * HOUR))
    changed = schedule(acme)
    given = {"cron": "30 * * * *"}
    schedules.change(changed, given, tenant=acme.as_tenant(), by=ALICE, now=after(400 * 24 * HOUR))
    fire(0)
    assert len(fire(HOUR)) == 2
