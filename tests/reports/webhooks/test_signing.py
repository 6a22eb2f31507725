"""Messages are what the Standard Webhooks specification says: its own library verifies them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from reports.models import Delivery
from reports.webhooks import secrets, signing
from tests.reports.builders import NOON, after
from tests.reports.webhooks.builders import delivery, hook
from warehouse.env import BASE, ENV

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """The time of the test: receivers refuse what is older than five minutes."""
    return datetime.now(UTC)


def signed(hook_, now):
    row = delivery(hook_)
    body = signing.message(row)
    return body, signing.headers(signing.id_of(row), body, signing.keys(hook_, now), now=now)


def test_the_library_verifies_a_message(acme, now):
    made = hook(acme)
    body, headers = signed(made, now)
    assert Verifier(made.plain).verify(body, headers)["data"] == {"n": 1}
    assert headers["webhook-id"].startswith("msg_")
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))


def test_what_is_changed_on_its_way_is_refused(acme, now):
    made = hook(acme)
    body, headers = signed(made, now)
    for bad in (
        (body + b" ", headers),
        (body, {**headers, "webhook-id": "msg_other"}),
        (body, {**headers, "webhook-timestamp": str(int(now.timestamp()) + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Verifier(made.plain).verify(*bad)
    with pytest.raises(WebhookVerificationError):
        Verifier(secrets.make()).verify(body, headers)


def test_the_body_says_type_time_and_data_and_is_the_same_again(acme):
    row = delivery(hook(acme))
    body = signing.message(Delivery.objects.get(pk=row.pk))
    assert orjson.loads(body) == {
        "type": "webhook.test",
        "timestamp": "2026-11-23T12:00:00Z",
        "data": {"n": 1},
    }
    assert signing.message(Delivery.objects.get(pk=row.pk)) == body


def test_links_are_whole_addresses_and_the_row_stays_as_it_is(acme):
    row = delivery(hook(acme))
    links = {"self": "/api/v1/reports/1", "cancel": None}
    row.payload = {"report": {"id": "1", "links": links}, "error": None}
    row.save()
    told = orjson.loads(signing.message(Delivery.objects.get(pk=row.pk)))["data"]
    whole = {"self": f"{ENV.public_url}/api/v1/reports/1", "cancel": None}
    assert told == {"report": {"id": "1", "links": whole}, "error": None}
    assert Delivery.objects.get(pk=row.pk).payload["report"]["links"] == links
    row.payload = {"report": None}
    assert signing.data(row) == {"report": None}


def test_both_secrets_sign_during_a_rotation(acme, now):
    former = secrets.make()
    made = hook(acme, previous_secret=secrets.seal(former), previous_until=now + timedelta(1))
    body, headers = signed(made, now)
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (made.plain, former):
        Verifier(secret).verify(body, headers)
    made.previous_until = now
    body, headers = signed(made, now)
    with pytest.raises(WebhookVerificationError):
        Verifier(former).verify(body, headers)


def test_a_secret_is_long_random_and_encrypted_where_it_lies(acme):
    made = hook(acme)
    assert made.plain.startswith("whsec_")
    assert 24 <= len(secrets.key_of(made.plain)) <= 64
    assert made.plain.removeprefix("whsec_") not in made.secret
    assert secrets.make() != secrets.make()
    assert secrets.unseal(made.secret) == made.plain


def test_a_former_key_of_the_installation_still_reads(acme, settings):
    made = hook(acme)
    settings.SECRET_KEY, former = "another", settings.SECRET_KEY
    assert signing.keys(made, NOON) == []
    settings.SECRET_KEY_FALLBACKS = [former]
    assert signing.keys(made, NOON) == [made.plain]


def test_one_secret_that_cannot_be_read_keeps_no_other_from_signing(acme, settings):
    made = hook(acme, previous_secret="unreadable", previous_until=after(60))
    assert signing.keys(made, NOON) == [made.plain]


def test_what_is_no_secret_is_told():
    with pytest.raises(ValueError, match="not a secret"):
        secrets.key_of("whsec_!")


def test_what_the_page_says_to_do_by_hand_verifies_a_message(acme, now):
    page = (BASE / "docs/webhooks.md").read_text()
    [recipe] = re.findall(r"```python\n(import base64.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(recipe, names)  # noqa: S102  the page is ours
    former = secrets.make()
    made = hook(acme, previous_secret=secrets.seal(former), previous_until=now + timedelta(1))
    body, headers = signed(made, now)
    for secret, sent, good in (
        (made.plain, body, True),
        (former, body, True),
        (secrets.make(), body, False),
        (made.plain, body + b" ", False),
    ):
        assert names["verified"](secret, headers, sent) is good
    late = signed(made, now - timedelta(minutes=6))[1]
    assert not names["verified"](made.plain, late, body)
