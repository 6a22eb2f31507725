"""The life of a delivery: turns and limits, leases and back-off, and how it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from reports.models import Attempt, Delivery, Webhook
from reports.webhooks import deliveries, health
from reports.webhooks.deliveries import LostDelivery
from reports.webhooks.outcomes import BACKOFF, TRIES, Outcome
from tests.reports.builders import NOON, after
from tests.reports.webhooks.builders import (
    BAD,
    GOOD,
    LEASE,
    attempt,
    claim,
    delivery,
    hook,
    outcomes,
)
from warehouse.exceptions import Conflict
from warehouse.tenancy.models import AuditEntry, Organization

pytestmark = pytest.mark.django_db
LATE = NOON + timedelta(days=30)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def fail_for_good(row, begun=NOON):
    """Let every try fail; return when the last one did."""
    now = begun
    while (row := fresh(row)).state == "pending":
        now = max(row.due_at, now)
        attempt(BAD, now)
    return now


class TestClaiming:
    def test_the_oldest_is_first(self, acme):
        second, first = delivery(hook(acme), after(1)), delivery(hook(acme), after(0))
        assert [claim(after(2)).pk, claim(after(2)).pk] == [first.pk, second.pk]

    def test_nothing_is_claimed_before_it_is_due(self, acme):
        delivery(hook(acme), after(10))
        assert claim(after(9)) is None
        assert not deliveries.due(now=after(9), lease=LEASE)
        assert deliveries.due(now=after(10), lease=LEASE)
        assert claim(after(10))

    def test_one_of_a_webhook_is_under_way_at_a_time(self, acme):
        one = hook(acme)
        first, second, other = (
            delivery(one),
            delivery(one, after(1)),
            delivery(hook(acme), after(2)),
        )
        assert claim(after(5)).pk == first.pk
        assert claim(after(5)).pk == other.pk
        assert claim(after(5)) is None
        deliveries.settle(fresh(first), GOOD, now=after(6))
        assert claim(after(6)).pk == second.pk

    def test_four_of_an_organization_are_under_way_at_a_time(self, acme, globex):
        for _ in range(6):
            delivery(hook(acme))
        of_another = delivery(hook(globex), after(1))
        taken = [claim(after(2)) for _ in range(6)]
        owners = [row.organization_id for row in taken if row]
        assert (owners.count(acme.pk), owners.count(globex.pk), taken[5]) == (4, 1, None)
        assert of_another.pk in [row.pk for row in taken[:2]]

    def test_letters_wait_for_no_webhook(self, acme):
        delivery(hook(acme))
        letter = deliveries.create(
            organization_id=acme.pk, type="t", payload={}, now=NOON, recipient="a@acme.example"
        )
        assert letter.channel == "email"
        assert {claim().channel, claim().channel} == {"webhook", "email"}

    def test_organizations_take_turns_however_much_one_has(self, acme, globex):
        for number in range(20):
            delivery(hook(acme), after(number))
        for number in range(3):
            delivery(hook(globex), after(100 + number))
        order = []
        for second in range(6):
            row = claim(after(200 + second))
            order.append(row.organization_id)
            deliveries.settle(row, GOOD, now=after(200 + second))
        assert order == order[:2] * 3
        assert set(order) == {acme.pk, globex.pk}

    def test_a_suspended_organization_waits(self, acme):
        row = delivery(hook(acme))
        Organization.objects.filter(pk=acme.pk).update(suspended_at=NOON)
        assert claim() is None
        Organization.objects.filter(pk=acme.pk).update(suspended_at=None)
        assert claim().pk == row.pk

    def test_what_a_dead_worker_had_is_taken_over_and_has_cost_a_try(self, acme):
        row = delivery(hook(acme))
        dead = claim()
        assert claim(NOON + LEASE - timedelta(seconds=1)) is None
        again = claim(NOON + LEASE)
        assert (again.pk, again.tries, again.attempt) == (row.pk, 2, 2)
        assert outcomes(row) == ["lost"]
        with pytest.raises(LostDelivery):
            deliveries.settle(dead, GOOD, now=NOON + LEASE)
        deliveries.settle(again, GOOD, now=NOON + LEASE)
        assert outcomes(row) == ["lost", "delivered"]

    def test_what_takes_every_worker_with_it_ends(self, acme):
        row, now = delivery(hook(acme)), NOON
        for _ in range(TRIES):
            assert claim(now).pk == row.pk
            now += LEASE
        assert claim(now) is None
        assert (fresh(row).state, fresh(row).due_at) == ("failed", None)
        assert outcomes(row) == ["lost"] * TRIES

    def test_a_worker_that_is_alone_takes_over_at_once(self, acme):
        delivery(hook(acme))
        owner = uuid4()
        claim(owner=owner)
        deliveries.take_over(owner=owner, now=after(1))
        assert claim(after(1)) is None
        deliveries.take_over(owner=uuid4(), now=after(1))
        assert claim(after(1))

    def test_times_that_nobody_gives_are_over(self, acme):
        """The clock was put back by a year."""
        row = delivery(hook(acme), NOON + timedelta(days=365))
        assert claim().pk == row.pk
        assert claim() is None
        Delivery.objects.update(lease_until=NOON + timedelta(days=365))
        assert claim().attempt == 2
        assert claim() is None


class TestSettling:
    def test_a_delivered_one_ends(self, acme):
        row = delivery(hook(acme))
        claimed = claim(after(3))
        deliveries.settle(claimed, Outcome("delivered", 204, elapsed_ms=1500), now=after(5))
        row = fresh(row)
        assert (row.state, row.finished_at, row.due_at) == ("delivered", after(5), None)
        assert (row.owner, row.lease_until) == (None, None)
        [told] = Attempt.objects.values("number", "at", "outcome", "status", "elapsed_ms")
        assert told == {
            "number": 1,
            "at": after(3.5),
            "outcome": "delivered",
            "status": 204,
            "elapsed_ms": 1500,
        }
        assert claim(LATE) is None

    def test_the_pauses_are_those_that_are_published(self, acme):
        row, now, pauses = delivery(hook(acme)), NOON, []
        while (row := attempt(BAD, now)).state == "pending":
            pauses.append(row.due_at - now)
            now = row.due_at
        seconds = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
        assert pauses == [timedelta(seconds=s) for s in seconds]
        assert (row.state, row.tries, row.finished_at) == ("failed", 8, now)
        assert outcomes(row) == ["refused"] * 8

    @pytest.mark.parametrize(
        ("asked", "pause"),
        [
            (timedelta(seconds=1), BACKOFF[0]),
            (timedelta(minutes=1), timedelta(minutes=1)),
            (timedelta(days=300), timedelta(hours=24)),
            (timedelta(days=-1), BACKOFF[0]),
        ],
    )
    def test_a_receiver_may_ask_for_more_time(self, acme, asked, pause):
        delivery(hook(acme))
        assert attempt(Outcome("refused", 429, retry_after=asked)).due_at == NOON + pause

    def test_what_cannot_end_better_ends(self, acme):
        delivery(hook(acme))
        assert attempt(Outcome("disabled", last=True)).state == "failed"

    def test_only_its_holder_settles_and_only_once(self, acme):
        delivery(hook(acme))
        claimed = claim()
        deliveries.settle(claimed, GOOD, now=NOON)
        with pytest.raises(LostDelivery):
            deliveries.settle(claimed, BAD, now=NOON)
        assert outcomes(claimed) == ["delivered"]


class TestHealth:
    def test_failing_is_noted_from_the_first_until_something_arrives(self, acme):
        one = hook(acme)
        delivery(one)
        attempt(BAD, after(0))
        attempt(BAD, after(5))
        assert fresh(one).failing_since == NOON
        attempt(GOOD, after(400))
        assert fresh(one).failing_since is None

    def test_five_days_without_anything_disable_it(self, acme):
        one, other = hook(acme), hook(acme)
        fail_for_good(delivery(one))
        assert fresh(one).enabled
        last = fail_for_good(delivery(one), NOON + timedelta(days=4))
        assert last - NOON > timedelta(days=5)
        waiting, elsewhere = delivery(one, NOON + timedelta(days=9)), delivery(other)
        disabled = fresh(one)
        assert (disabled.enabled, disabled.disabled_reason) == (False, health.FAILING)
        [entry] = AuditEntry.objects.filter(action="webhook.disabled")
        assert (entry.actor, entry.organization_slug) == ("system", "acme")
        assert entry.target == f"webhook:{one.pk}"
        assert fresh(other).enabled
        assert {fresh(waiting).state, fresh(elsewhere).state} == {"pending"}

    def test_five_days_disable_it_though_no_message_was_given_up(self, acme):
        one = hook(acme, failing_since=NOON - health.PATIENCE)
        for _ in range(TRIES):
            assert fresh(one).enabled
            delivery(one)
            attempt(BAD)
        assert not fresh(one).enabled

    def test_a_receiver_that_is_seldom_told_has_all_its_tries(self, acme):
        one = hook(acme, failing_since=NOON)
        row = delivery(one, NOON + timedelta(days=60))
        attempt(BAD, NOON + timedelta(days=60))
        assert fresh(one).enabled
        fail_for_good(row, NOON + timedelta(days=60))
        assert not fresh(one).enabled

    def test_gone_disables_at_once_and_ends_what_waits(self, acme):
        one = hook(acme)
        row, waiting = delivery(one), delivery(one, after(1))
        assert attempt(Outcome("refused", 410, gone=True), after(2)).state == "failed"
        assert not fresh(one).enabled
        assert fresh(row).tries == 1
        assert (fresh(waiting).state, fresh(waiting).finished_at) == ("failed", after(2))
        assert AuditEntry.objects.filter(action="webhook.disabled").count() == 1

    def test_our_own_faults_say_nothing_of_the_receiver(self, acme):
        one = hook(acme)
        delivery(one)
        attempt(Outcome("fault"))
        assert fresh(one).failing_since is None


class TestAgain:
    def test_what_has_ended_is_sent_again_under_the_same_id(self, acme):
        row = delivery(hook(acme))
        fail_for_good(row)
        deliveries.redeliver(fresh(row), now=LATE)
        assert (fresh(row).state, fresh(row).tries, fresh(row).finished_at) == ("pending", 0, None)
        assert attempt(GOOD, LATE).pk == row.pk
        assert outcomes(row) == ["refused"] * TRIES + ["delivered"]
        deliveries.redeliver(fresh(row), now=LATE)
        assert attempt(BAD, LATE).due_at == LATE + BACKOFF[0]

    def test_what_is_under_way_is_not(self, acme):
        row = delivery(hook(acme))
        for _ in range(2):
            with pytest.raises(Conflict):
                deliveries.redeliver(fresh(row), now=NOON)
            claim()


def test_only_what_ended_long_ago_is_forgotten(acme, monkeypatch):
    monkeypatch.setattr(deliveries, "A_BATCH", 2)
    one = hook(acme)
    for _ in range(5):
        delivery(one)
        attempt(GOOD)
    later = delivery(one)
    attempt(GOOD, after(60))
    waiting = delivery(one)
    assert deliveries.purge(before=after(60)) == 5
    assert {row.pk for row in Delivery.objects.all()} == {later.pk, waiting.pk}
    assert Attempt.objects.count() == 1
    assert deliveries.purge(before=after(60)) == 0
    assert Webhook.objects.count() == 1
