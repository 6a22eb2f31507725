"""Events count towards the month with the batch's own commit, and not beyond the quota."""

from datetime import UTC, date, datetime

import orjson
import pytest

from enrichment.models import Batch
from tests.enrichment.senders import NOW, send, view
from tests.gateway.conftest import bearer
from warehouse.clock import now
from warehouse.tenancy import months

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"


def post(caller, count, **headers):
    events = orjson.dumps([view() for _ in range(count)])
    return caller.post(URL, events, content_type="application/json", headers=headers)


@pytest.fixture
def limited(acme):
    """A caller of Acme, which may send ten events a month."""
    acme.events_per_month = 10
    acme.save()
    return bearer(acme)


def test_what_is_accepted_is_counted(acme, limited):
    assert post(limited, 4).status_code == 202
    mixed = orjson.dumps([view(), {}])
    assert limited.post(URL, mixed, content_type="application/json").json()["rejected"] == 1
    assert months.used(str(acme.pk), now=now()) == 5


def test_more_than_the_month_allows_is_refused_and_leaves_nothing(acme, limited):
    assert post(limited, 8).status_code == 202
    refused = post(limited, 3)
    assert refused.status_code == 429
    assert "2 are left" in refused.json()["detail"]
    assert 0 < int(refused["Retry-After"]) <= 31 * 86400
    assert '"events-month";q=10;w=' in refused["RateLimit-Policy"]
    assert '"events-month";r=2;t=' in refused["RateLimit"]
    assert months.used(str(acme.pk), now=now()) == 8
    assert Batch.objects.count() == 1
    assert post(limited, 2).status_code == 202


def test_a_batch_larger_than_the_quota_never_fits(limited):
    assert post(limited, 11).status_code == 429
    assert not Batch.objects.exists()


def test_a_repeat_of_a_request_counts_once(acme, limited):
    for _ in range(3):
        assert post(limited, 4, **{"Idempotency-Key": "k"}).status_code == 202
    assert months.used(str(acme.pk), now=now()) == 4


def test_a_refused_request_may_come_again_under_its_key(acme, limited):
    assert post(limited, 9).status_code == 202
    assert post(limited, 3, **{"Idempotency-Key": "k"}).status_code == 429
    acme.events_per_month = 20
    acme.save()
    assert post(bearer(acme), 3, **{"Idempotency-Key": "k"}).status_code == 202


def test_an_import_counts_and_is_not_refused(acme, limited):
    send(acme, *[view() for _ in range(12)])
    assert months.used(str(acme.pk), now=NOW) == 12


def test_each_month_of_utc_begins_anew(acme, globex):
    last, first = datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    for at, events in ((last, 5), (last, 2), (first, 3)):
        months.count(str(acme.pk), events, now=at)
    assert months.used(str(acme.pk), now=last) == 7
    assert months.used(str(globex.pk), now=last) == 0
    assert months.latest(str(acme.pk)) == [(date(2026, 2, 1), 3), (date(2026, 1, 1), 7)]
    assert months.latest(str(acme.pk), 1) == [(date(2026, 2, 1), 3)]
