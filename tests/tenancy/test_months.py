"""The month's quota holds however many send at once."""

import threading

import pytest
from django.db import connection

from warehouse.clock import now
from warehouse.exceptions import LimitExceeded
from warehouse.tenancy import months


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_exactly_the_quota(acme):
    acme.events_per_month = 50
    acme.save()
    tenant, at, refused = acme.as_tenant(), now(), []

    def work():
        for _ in range(5):
            try:
                months.count_within(tenant, 3, now=at)
            except LimitExceeded:
                refused.append(3)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert months.used(tenant.id, now=at) == 48
    assert len(refused) == 30 - 16
