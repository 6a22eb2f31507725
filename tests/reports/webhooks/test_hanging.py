"""Receivers that hang hold up nobody else for long: in their organization, and in others."""

from datetime import timedelta

import pytest

from reports.models import Delivery
from reports.webhooks import deliveries
from tests.reports.builders import NOON, after
from tests.reports.webhooks.builders import GOOD, LEASE, attempt, claim, delivery, hook
from tests.reports.webhooks.hanging import ANSWERS, TIMEOUT, played
from warehouse.env import read
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db
SLOTS = read({}).slots["deliveries"]
SOON = 1.0


def hang(owner, webhooks, messages=8):
    """Give an organization webhooks that hang, with messages that wait; return their ids."""
    made = [hook(owner) for _ in range(webhooks)]
    for one in made * messages:
        delivery(one)
    return {one.pk for one in made}


def told(hook_, seconds):
    """Return what comes later to a webhook, and where it is written when it has come."""
    rows = []
    return [(at, lambda now: rows.append(delivery(hook_, now))) for at in seconds], rows


def test_other_organizations_do_not_wait(globex):
    """Three organizations have twenty webhooks each that hang, with eight messages each."""
    hanging = set()
    for number in range(3):
        owner = Organization.objects.create(slug=f"o{number}", name=f"O{number}")
        hanging |= hang(owner, 20)
    arrivals, rows = told(hook(globex), (0, 5, 21, 47, 121))
    arrived = played(hanging, slots=SLOTS, arrivals=arrivals, seconds=130)
    assert max(arrived[row.pk] for row in rows) < SOON


def test_a_healthy_webhook_waits_once_while_the_others_are_unknown(acme):
    hanging = hang(acme, 19)
    arrivals, rows = told(hook(acme), (0, 121, 150, 250))
    arrived = played(hanging, slots=SLOTS, arrivals=arrivals, seconds=260)
    first, *later = (arrived[row.pk] for row in rows)
    assert first < 19 / 4 * 15 + SOON
    assert max(later) < SOON


def test_two_that_hang_do_not_hold_up_a_third(acme):
    hanging = hang(acme, 2)
    arrivals, rows = told(hook(acme), (0, 10, 20))
    arrived = played(hanging, slots=SLOTS, arrivals=arrivals, seconds=30)
    assert max(arrived[row.pk] for row in rows) < SOON


class TestTurns:
    def test_the_one_tried_longest_ago_is_next_however_much_another_has(self, acme):
        busy, other = hook(acme), hook(acme)
        for _ in range(3):
            delivery(busy)
        delivery(other, after(1))
        delivery(other, after(1))
        order = []
        for second in range(2, 7):
            row = claim(after(second))
            order.append(row.webhook_id)
            deliveries.settle(row, GOOD, now=after(second))
        assert order == [busy.pk, other.pk, busy.pk, other.pk, busy.pk]

    def test_letters_take_turns_as_one_receiver(self, acme):
        for name in "ab":
            deliveries.create(
                organization_id=acme.pk, type="t", payload={}, now=NOON, recipient=f"{name}@a.test"
            )
        one = hook(acme)
        for _ in range(2):
            delivery(one)
        order = []
        for second in range(4):
            row = claim(after(second))
            order.append(row.channel)
            deliveries.settle(row, GOOD, now=after(second) + ANSWERS)
        assert sorted(order[:2]) == sorted(order[2:]) == ["email", "webhook"]

    def test_one_letter_is_under_way_beside_all_webhooks(self, acme):
        for name in "ab":
            deliveries.create(
                organization_id=acme.pk, type="t", payload={}, now=NOON, recipient=f"{name}@a.test"
            )
        for _ in range(6):
            delivery(hook(acme))
        channels = [row.channel for row in (claim() for _ in range(8)) if row]
        assert sorted(channels) == ["email", *["webhook"] * 4]
        assert not deliveries.due(now=NOON, lease=LEASE)


class TestResting:
    def test_one_that_answers_nothing_rests_with_all_that_waits(self, acme):
        one, now = hook(acme), NOON
        for _ in range(7):
            delivery(one)
        rests = []
        for _ in range(6):
            attempt(TIMEOUT, now)
            one.refresh_from_db()
            assert not deliveries.due(now=one.ready_at - ANSWERS, lease=LEASE)
            rests.append((one.ready_at - now).total_seconds())
            now = one.ready_at
        assert rests == [5, 30, 120, 600, 600, 600]
        attempt(GOOD, now)
        one.refresh_from_db()
        assert (one.silent, one.ready_at) == (0, now)
        assert claim(now)

    def test_of_many_that_wait_for_a_dead_one_the_first_has_its_tries_soon(self, acme):
        one, now = hook(acme), NOON
        rows = [delivery(one, after(number)) for number in range(400)]
        now = after(400)
        while (row := attempt(TIMEOUT, now)).state == "pending":
            one.refresh_from_db()
            now = one.ready_at
        assert row.pk == rows[0].pk
        assert now < NOON + timedelta(days=2)

    def test_others_go_on_and_one_that_rests_is_not_forgotten(self, acme):
        one, other = hook(acme), hook(acme)
        delivery(one)
        attempt(TIMEOUT)
        delivery(one)
        delivery(other)
        assert claim().webhook_id == other.pk
        assert claim() is None
        assert claim(after(5)).webhook_id == one.pk

    def test_a_rest_that_nobody_gives_is_over(self, acme):
        """The clock was put back by a year."""
        one = hook(acme, ready_at=NOON.replace(year=2027))
        delivery(one)
        assert claim()

    def test_half_of_the_places_are_for_those_that_answer(self, acme):
        for _ in range(4):
            delivery(hook(acme, silent=1))
        assert [bool(claim()) for _ in range(3)] == [True, True, False]
        for _ in range(3):
            delivery(hook(acme))
        assert [bool(claim()) for _ in range(3)] == [True, True, False]
        assert Delivery.objects.filter(state="sending", webhook__silent=0).count() == 2
