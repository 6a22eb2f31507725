"""Many at once: each delivery is claimed by one, and no limit is passed."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from reports import jobs
from reports.models import Attempt, Delivery, Webhook
from reports.webhooks import deliveries, webhooks
from reports.webhooks.deliveries import LostDelivery
from reports.webhooks.webhooks import Author
from tests.reports.builders import NOON, after, submit
from tests.reports.meddling import PATIENCE, meanwhile, two_writers
from tests.reports.webhooks.builders import BAD, GOOD, LOOPBACK, claim, delivery, hook
from warehouse.tenancy.audit import Actor

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 6


def together(work):
    """Do `work` in several threads at once and return what each returned."""
    ready = threading.Barrier(WORKERS)

    def one(number):
        try:
            ready.wait(20)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def test_of_many_that_claim_at_once_each_gets_another_within_the_limits(acme, globex):
    for organization in (acme, globex):
        hooks = [hook(organization) for _ in range(5)]
        for one in hooks * 3:
            delivery(one)
    taken = [row for row in together(lambda _: claim()) if row]
    assert len({row.pk for row in taken}) == len(taken) == WORKERS
    taken += [row for row in together(lambda _: claim()) if row]
    assert len({row.webhook_id for row in taken}) == len(taken) == 8
    assert Counter(row.organization_id for row in taken) == {acme.pk: 4, globex.pk: 4}


@two_writers
@pytest.mark.parametrize("outcome", [GOOD, BAD])
def test_a_webhook_is_removed_while_what_was_sent_is_settled(acme, outcome):
    one = hook(acme)
    delivery(one)
    claimed = claim()
    with transaction.atomic():
        Webhook.objects.select_for_update().get(pk=one.pk)
        settling = meanwhile(lambda: deliveries.settle(claimed, outcome, now=NOON))
        one.delete()
    with pytest.raises(LostDelivery):
        settling.result(PATIENCE)
    assert not Delivery.objects.exists()


@two_writers
def test_a_webhook_is_changed_while_what_it_is_told_is_written(acme):
    """Who writes has the webhook's row, then needs the organization's to be there."""
    one = hook(acme, events=["report.cancelled"])
    by = Author(Actor("user:1", "alice"), LOOPBACK)
    jobs.cancel(submit(acme), now=NOON)
    with transaction.atomic():
        Webhook.objects.filter(pk=one.pk).update(cursor=0)
        changing = meanwhile(lambda: webhooks.change(one, {"description": "d"}, by=by, now=NOON))
        delivery(one)
    assert changing.result(PATIENCE).description == "d"
    assert Delivery.objects.count() == 1


@two_writers
def test_a_report_is_deleted_while_what_tells_of_it_is_settled(acme):
    report = submit(acme)
    jobs.cancel(report, now=NOON)
    delivery(hook(acme), report=report)
    claimed = claim()
    with transaction.atomic():
        deliveries.settle(claimed, GOOD, now=NOON)
        deleting = meanwhile(lambda: jobs.delete(report, now=NOON))
    deleting.result(PATIENCE)
    assert not Delivery.objects.exists()


@two_writers
def test_what_is_sent_again_meanwhile_is_not_forgotten(acme):
    row = delivery(hook(acme))
    deliveries.settle(claim(), GOOD, now=NOON)
    with transaction.atomic():
        deliveries.redeliver(row, now=NOON)
        forgetting = meanwhile(lambda: deliveries.purge(before=after(60)))
    assert forgetting.result(PATIENCE) == 0
    assert Delivery.objects.get().state == "pending"


def test_everything_is_sent_once(acme, globex):
    hooks = [hook(organization) for organization in (acme, globex) for _ in range(2)]
    for one in hooks * 5:
        delivery(one)

    def work(_):
        sent = []
        while Delivery.objects.exclude(state="delivered").exists():
            if row := claim():
                deliveries.settle(row, GOOD, now=NOON)
                sent.append(row.pk)
        return sent

    sent = [pk for each in together(work) for pk in each]
    assert len(sent) == len(set(sent)) == 20
    assert Attempt.objects.count() == 20
