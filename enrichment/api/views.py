"""`POST /events`: take events, answer once they are safe; and what became of a batch."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from enrichment import intake, jobs
from enrichment.api.schemas import EVENTS_EXAMPLES, AcceptedSchema, BatchSchema, EventsSchema
from enrichment.models import Batch
from warehouse.clock import now
from warehouse.gateway.answers import PROBLEM, json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.views import OrganizationView
from warehouse.limiting.counting import count_events

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A repeat within 24 hours with the same body gets the first answer.",
)
ENCODING = OpenApiParameter(
    "Content-Encoding", OpenApiTypes.STR, OpenApiParameter.HEADER, enum=["gzip", "zstd", "identity"]
)


def refusals(*statuses: int) -> dict[tuple[int, str], OpenApiTypes]:
    """Return the problem documents an endpoint may answer with."""
    return {(status, PROBLEM): OpenApiTypes.OBJECT for status in statuses}


class AnyParser(BaseParser):
    """Leaves every body alone: the intake reads it, whatever its type."""

    media_type = "*/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the body's bytes."""
        return bytes(stream.read())


class EventsView(OrganizationView):
    """Takes events."""

    parser_classes: Any = (AnyParser,)
    body_limit: ClassVar[int] = intake.BYTES_LIMIT
    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "events:write"}
    takes_public_keys: ClassVar[bool] = True

    @extend_schema(
        operation_id="events_create",
        summary="Send events",
        parameters=[KEY, ENCODING],
        request={"application/json": EventsSchema, "application/x-ndjson": OpenApiTypes.STR},
        responses={202: AcceptedSchema, **refusals(400, 401, 403, 406, 413, 415, 422, 429, 503)},
        examples=EVENTS_EXAMPLES,
        tags=["events"],
    )
    def post(self, request: Request) -> HttpResponse:
        """Take a JSON array, `{"events": [...]}` or NDJSON; plain, gzip or zstd.

        At most 10,000 events or 16 MiB decompressed. Good events of a mixed batch are kept;
        `accepted` means safe and stored exactly once, also when the request is sent again under
        the same `Idempotency-Key` or with the same `event_id`s.
        """
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
        posted = intake.decode(request._request.body, encoding=encoding, media_type=media_type)
        at, tenant = now(), self.principal.tenant
        count_events(tenant, len(posted.events))
        # Outside the transaction: other writers should not wait for the check of a large body.
        batch, accepted = jobs.prepare(
            posted.events, tenant=tenant, source="api", now=at, broken=posted.broken
        )
        return once(request, self.principal, lambda: self._promise(batch, accepted), now=at)

    def _promise(self, batch: Batch | None, accepted: jobs.Accepted) -> HttpResponse:
        kept = jobs.promise_within(batch, accepted, self.principal.tenant)
        return json_answer(kept, status=202)


class BatchView(OrganizationView):
    """Says what became of a batch."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "events:write"}

    @extend_schema(
        operation_id="events_batch",
        summary="A batch",
        responses={200: BatchSchema, **refusals(401, 403, 404, 406, 503)},
        tags=["events"],
    )
    def get(self, request: Request, batch_id: uuid.UUID) -> HttpResponse:
        """Tell whether a batch is stored yet, and how many of its events were repeats."""
        return json_answer(_described(jobs.find(batch_id, self.principal.tenant)))


def _described(batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": str(batch.pk),
        "status": batch.state,
        "events": batch.events,
        "repeats": batch.repeats,
        "received_at": batch.received_at,
        "stored_at": batch.stored_at,
        "reason": batch.reason or None,
    }
