"""A delivery as the message that is sent, signed as the Standard Webhooks specification says.

The body is made of the row, so it is the same at every try; the signature is that try's. Links,
which rows hold as paths, are whole addresses there: receivers have no other to add them to.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from reports.address import public_url
from reports.models import Delivery, Webhook
from reports.webhooks import secrets

AGENT = "Trellis-Warehouse/1 (webhooks)"


def message(delivery: Delivery) -> bytes:
    """Return the body: what happened, when, and of what it tells."""
    told = {"type": delivery.type, "timestamp": delivery.created_at, "data": data(delivery)}
    return orjson.dumps(told, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)


def data(delivery: Delivery) -> dict[str, Any]:
    """Return what is told, as the receiver sees it."""
    report = delivery.payload.get("report")
    if not isinstance(report, dict) or "links" not in report:
        return dict(delivery.payload)
    links = {name: path and public_url(path) for name, path in report["links"].items()}
    return {**delivery.payload, "report": {**report, "links": links}}


def id_of(delivery: Delivery) -> str:
    """Return the id that receivers know repeats by."""
    return f"msg_{delivery.pk.hex}"


def keys(webhook: Webhook, now: datetime) -> list[str]:
    """Return the secrets that sign now, those that can be read; the newest first."""
    sealed = [webhook.secret]
    if webhook.previous_until is not None and webhook.previous_until > now:
        sealed.append(webhook.previous_secret)
    return [secret for secret in map(secrets.unseal, sealed) if secret]


def headers(name: str, body: bytes, signers: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Return the headers of one try, signed by each of the secrets."""
    at = str(int(now.timestamp()))
    content = b".".join((name.encode(), at.encode(), body))
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(_signature(secret, content) for secret in signers),
    }


def _signature(secret: str, content: bytes) -> str:
    digest = hmac.digest(secrets.key_of(secret), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
