"""An organization's settings change answers at once: no cache and no running job hides them."""

import pytest

from tests.engine import store
from tests.reports.doors import QUERY, asked, click
from warehouse.tenancy.models import Organization
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_bot_filter_is_felt_though_the_answer_is_kept(caller, worker, clickhouse, acme):
    store(clickhouse, [click(acme, "google", 0), click(acme, "google", 1) | {"is_bot": 1}])
    seen = []
    for bot_filter in (True, False, True):
        Organization.objects.filter(pk=acme.pk).update(bot_filter=bot_filter)
        local.WARDEN.forget()
        seen.append(asked(caller).json()["rows"])
    assert seen == [[["google", 1]], [["google", 2]], [["google", 1]]]
    assert asked(caller, QUERY | {"include_bots": True}).json()["rows"] == [["google", 2]]
