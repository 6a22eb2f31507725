"""Whoever dies between any two steps of an errand, the next worker ends it, and right."""

from datetime import timedelta

import pytest

from tests.custody.stations import Station, take
from tests.custody.test_visitor import mixed, removed, right
from tests.enrichment.senders import LEASE, NOW, send, stored
from warehouse.custody import errands, orders
from warehouse.custody.models import Errand
from warehouse.custody.runner import Task
from warehouse.tenancy.audit import Actor

pytestmark = pytest.mark.django_db
ACTOR = Actor("user:1", "alice")

STEPS = {
    "visitor": ("clickhouse.session_rows", "clickhouse.analytics_events", "rollups", "days"),
    "organization": ("clickhouse.analytics_events", "results", "database.tenancy_organization"),
}
"""Where workers die, in the order in which an errand gets there."""


@pytest.mark.parametrize("kind", STEPS)
def test_deaths_before_and_after_any_step_change_nothing_in_the_end(station, acme, kind):
    """The receipt is the same as without a death, and nothing is left."""
    send(acme, *mixed())
    station.store()
    if kind == "visitor":
        errand = orders.erase_visitor(acme, "v1", actor=ACTOR, now=NOW)
    else:
        errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    station.now += timedelta(seconds=11)
    for stage in STEPS[kind]:
        die_twice(station, stage)
    station.done(errand)
    assert errand.deaths == 3, "two at the last step, and the second of the step before"
    assert removed(errand)["clickhouse.analytics_events"] == (4 if kind == "visitor" else 7)
    assert removed(errand)["clickhouse.event_ids"] == (1 if kind == "visitor" else 2)
    assert errand.receipt
    assert errand.receipt["left"] == 0
    if kind == "visitor":
        assert stored(station.clickhouse, acme, "visitor_id") == ["v2"] * 3
        right(station, acme)


def die_twice(station, stage):
    """Let a worker die before a step and the next one after it; what waits is stored between."""
    Errand.objects.update(deaths=0)  # so many deaths at one errand would end it as poisonous
    for before in (True, False):
        held = take(station)
        assert held
        with pytest.raises(Died):
            station.works()[held.kind](dying(station, held, stage, before=before))
        station.now += LEASE
        station.store()


class Died(BaseException):
    """The process is gone: nothing that catches errors may catch this."""


def dying(station: Station, errand, stage, *, before):
    """A task whose worker dies just before a step, or when it is done and nobody knows."""

    class Dying(Task):
        __slots__ = ()

        def once(self, name, fraction, step):
            def last():
                if before:
                    raise Died
                step()
                raise Died

            super().once(name, fraction, last if name == stage else step)

    return Dying(errand, lambda: errands.renew(errand, now=station.now, lease=LEASE), station.clock)
