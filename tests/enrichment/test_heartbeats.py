"""A lease outlives no statement, and a lost group is noticed."""

import uuid
from datetime import timedelta

import pytest

from enrichment import groups, heartbeats
from enrichment.models import InsertGroup
from tests.enrichment.senders import OWNER
from tests.warehouse.waiting import eventually
from warehouse import clock

SHORT = timedelta(seconds=1)


@pytest.fixture
def group(acme, transactional_db):
    """A group that holds the lane of Acme."""
    return groups.hold(acme.pk, owner=OWNER, now=clock.now(), lease=SHORT)


def lease_until():
    return InsertGroup.objects.get().lease_until


def test_a_lease_is_renewed_while_a_step_takes_longer(group):
    with heartbeats.kept(group, clock=clock.now, lease=SHORT) as alive:
        alive()
        first = lease_until()
        eventually(lambda: lease_until() > first + 2 * SHORT)
        assert groups.claim(owner=uuid.uuid4(), now=clock.now(), lease=SHORT) is None
    groups.finish(group, now=clock.now())


def test_who_lost_the_group_is_told_at_the_next_step(group):
    with heartbeats.kept(group, clock=clock.now, lease=SHORT) as alive:
        groups.take_over(owner=uuid.uuid4(), now=clock.now())
        taken = groups.claim(owner=uuid.uuid4(), now=clock.now() + 2 * SHORT, lease=SHORT)
        assert taken
        with pytest.raises(groups.LostGroup):
            alive()


def test_whose_group_is_finished_renews_nothing(group):
    with heartbeats.kept(group, clock=clock.now, lease=SHORT):
        groups.finish(group, now=clock.now())
        ended = lease_until()
    assert lease_until() == ended
