"""`Idempotency-Key`: a POST repeated within a day gets the first answer and has no second effect.

The record is written in the transaction of the effect, so a crash leaves either both or neither.
A refusal is raised, rolls back and is not remembered: the caller may mend the request and try the
same key again. Of two at the same time the later waits for the earlier one's transaction.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from warehouse.exceptions import FieldError, IdempotencyMismatch, InvalidRequest
from warehouse.gateway.answers import dump
from warehouse.gateway.models import IdempotencyRecord
from warehouse.tenancy.principal import Principal

LIFETIME = timedelta(hours=24)
LONGEST_KEY = 255
KEPT_HEADERS = ("Content-Type", "Location", "Retry-After", "Preference-Applied")
REPLAYED = "Idempotent-Replayed"


def key_of(request: Request) -> str | None:
    """Return the request's key, or None; raises `InvalidRequest` for one that cannot be kept."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        detail = f"A key has 1 to {LONGEST_KEY} printable ASCII characters."
        raise InvalidRequest(detail, errors=[FieldError("Idempotency-Key", "invalid", detail)])
    return str(key)


def once(
    request: Request,
    principal: Principal,
    effect: Callable[[], HttpResponse],
    *,
    now: datetime,
    hidden: str | None = None,
    personal: bool = False,
) -> HttpResponse:
    """Run `effect` in a transaction, or return the answer it gave before under the same key.

    A key is the organization's; with `personal` it is the caller's own, as is right for an answer
    that holds a secret. The field `hidden` of the answer's body is told the first time only: what
    is kept, and so a repeat, has null there. Without a key every request has its effect. Raises
    `IdempotencyMismatch` for a key that came with another body.
    """
    key = key_of(request)
    if key is None:
        with transaction.atomic():
            return effect()
    record = IdempotencyRecord(
        organization_id=principal.tenant.id,
        route=(f"{principal.subject} " * personal + request.path_info)[:200],
        key=key,
        body_digest=_digest(request),
        created_at=now,
    )
    with transaction.atomic():
        first = _first(record)
        if first is None:
            answer = effect()
            _keep(record, answer, hidden)
            return answer
    return _replay(first, record.body_digest)


def forget(request: Request, principal: Principal) -> None:
    """Forget the answer under the request's key: its effect was undone and may be wanted again."""
    key, route = key_of(request), request.path_info[:200]
    of_organization = IdempotencyRecord.objects.filter(organization_id=principal.tenant.id)
    of_organization.filter(route=route, key=key).delete()


def purge(*, now: datetime) -> int:
    """Delete the records that are past their day and return how many there were."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lte=now - LIFETIME).delete()
    return deleted


def naming(organization_id: str, text: str) -> list[UUID]:
    """Return the records of an organization whose first answer holds `text`."""
    wanted = dump(text)[1:-1]
    kept = IdempotencyRecord.objects.filter(organization_id=organization_id)
    found = kept.values_list("pk", "body").iterator(chunk_size=200)
    return [pk for pk, body in found if wanted in bytes(body)]


def drop(records: Sequence[UUID]) -> None:
    """Delete these records: a repeat of their requests has its effect again."""
    IdempotencyRecord.objects.filter(pk__in=records).delete()


def _first(record: IdempotencyRecord) -> IdempotencyRecord | None:
    """Claim the key for `record`, or return the record that holds it.

    On a server the unique index makes a second claim wait for the first one's transaction; SQLite
    runs one writing transaction at a time.
    """
    same = IdempotencyRecord.objects.filter(
        organization_id=record.organization_id, route=record.route, key=record.key
    )
    same.filter(created_at__lte=record.created_at - LIFETIME).delete()
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError:
        return same.get()
    return None


def _keep(record: IdempotencyRecord, answer: HttpResponse, hidden: str | None) -> None:
    record.status = answer.status_code
    record.headers = {name: answer[name] for name in KEPT_HEADERS if answer.has_header(name)}
    if isinstance(answer, Response):
        record.body = dump(answer.data)
        record.headers["Content-Type"] = "application/json"
    else:
        record.body = answer.content
    if hidden is not None:
        record.body = dump({**orjson.loads(record.body), hidden: None})
    record.save(update_fields=("status", "headers", "body"))


def _replay(record: IdempotencyRecord, body_digest: str) -> HttpResponse:
    if record.body_digest != body_digest:
        raise IdempotencyMismatch
    headers = {**record.headers, REPLAYED: "true"}
    return HttpResponse(bytes(record.body), status=record.status, headers=headers)


def _digest(request: Request) -> str:
    """Hash what makes two requests the same: the query string, the body's type and its bytes."""
    digest = hashlib.sha256()
    for part in ("QUERY_STRING", "CONTENT_TYPE", "HTTP_CONTENT_ENCODING"):
        digest.update(str(request.META.get(part, "")).encode() + b"\0")
    digest.update(request._request.body)
    return digest.hexdigest()
