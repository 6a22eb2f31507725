"""Small parts for tests of what is sent: webhooks and deliveries as rows, a sender of one's own."""

import ssl
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import uuid4

from reports.models import Delivery, Webhook
from reports.webhooks import deliveries, secrets
from reports.webhooks.guard import Guard
from reports.webhooks.outcomes import DELIVERED, Outcome
from reports.webhooks.posting import Poster
from reports.webhooks.sender import Sender
from tests.reports.builders import NOON

LOOPBACK = Guard((ip_network("127.0.0.0/8"),))
LEASE = timedelta(seconds=90)
GOOD = Outcome(DELIVERED, 200)
BAD = Outcome("refused", 500)


def here(*_):
    """Resolve any name to this machine."""
    return [ip_address("127.0.0.1")]


def poster(guard=LOOPBACK, *, ca=None, seconds=5.0, resolve=here, clock=lambda: NOON):
    return Poster(guard, ssl.create_default_context(cafile=ca), clock, resolve, seconds)


def hook(organization, url="https://hooks.example.com/", events=(), **more) -> Any:
    """Return a webhook whose `plain` is its secret."""
    secret = secrets.make()
    made: Any = Webhook.objects.create(
        organization=organization,
        url=url,
        events=list(events),
        secret=secrets.seal(secret),
        created_at=NOON,
        created_by="key:1",
        **more,
    )
    made.plain = secret
    return made


def delivery(hook_, now=NOON, **more):
    return deliveries.create(
        organization_id=hook_.organization_id,
        type="webhook.test",
        payload={"n": 1},
        now=now,
        webhook=hook_,
        **more,
    )


def claim(now=NOON, owner=None):
    return deliveries.claim(owner=owner or uuid4(), now=now, lease=LEASE)


def attempt(outcome, now=NOON):
    """Claim what is due and settle it; return it as it is then."""
    claimed = claim(now)
    deliveries.settle(claimed, outcome, now=now)
    return Delivery.objects.get(pk=claimed.pk)


def outcomes(row):
    return list(row.attempts.order_by("number").values_list("outcome", flat=True))


def sender(clock=lambda: NOON, **how):
    return Sender(uuid4(), clock, poster(**how, clock=clock))
