"""What the OpenAPI document says of erasures and exports."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from warehouse.custody.models import ERASURES, STATES
from warehouse.custody.orders import LONGEST_VISITOR
from warehouse.gateway.answers import JSON, PROBLEM

Handler = TypeVar("Handler", bound=Callable[..., Any])
Decorator = Callable[[Handler], Handler]
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LINK: Schema = {"type": "string", "format": "uri-reference"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _closed(properties: Mapping[str, Schema], *, optional: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _page(schema: Schema) -> Schema:
    return _closed({"items": _list(schema), "next": _nullable({"type": "string", "format": "uri"})})


PROGRESS = _closed({"fraction": {"type": "number", "minimum": 0, "maximum": 1}, "stage": TEXT})
COMMON: dict[str, Schema] = {
    "id": UUID,
    "status": {"type": "string", "enum": list(STATES)},
    "progress": PROGRESS,
    "created_at": INSTANT,
    "started_at": _nullable(INSTANT),
    "finished_at": _nullable(INSTANT),
    "error": _nullable({"type": "object"}),
}
PLACE = _closed({"place": TEXT, "unit": TEXT, "removed": COUNT, "left": COUNT})
RECEIPT: Schema = {
    "type": "object",
    "description": "What was removed, place by place; `removed` and `left` are the sums.",
    "properties": {
        "version": COUNT,
        "erasure": UUID,
        "kind": {"type": "string", "enum": list(ERASURES)},
        "organization": _closed({"id": UUID, "slug": TEXT}),
        "asked_by": _closed({"subject": TEXT, "name": TEXT}),
        "asked_at": INSTANT,
        "began_at": INSTANT,
        "finished_at": INSTANT,
        "places": _list(PLACE),
        "removed": COUNT,
        "left": COUNT,
        "kept": _list(TEXT),
        "visitor_sha256": TEXT,
        "days_recounted": _list({"type": "string", "format": "date"}),
    },
    "required": ["version", "erasure", "kind", "organization", "places", "removed", "left"],
}
ERASURE = _closed(
    {
        **COMMON,
        "links": _closed({"self": LINK}),
        "kind": {"type": "string", "enum": list(ERASURES)},
        "organization": TEXT,
        "receipt": _nullable(RECEIPT),
        "receipt_sha256": _nullable(TEXT),
    }
)
FILE = _closed({"name": TEXT, "rows": COUNT, "bytes": COUNT, "sha256": TEXT})
EXPORT = _closed(
    {
        **COMMON,
        "links": _closed({"self": LINK, "download": _nullable(LINK)}),
        "expires_at": _nullable(INSTANT),
        "bytes": _nullable(COUNT),
        "sha256": _nullable(TEXT),
        "files": _nullable(_list(FILE)),
    }
)
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_VISITOR}
WANTED: Schema = {
    "anyOf": [
        _closed({"visitor_id": NAME}),
        _closed(
            {"organization": NAME, "users": {"type": "boolean", "default": False}},
            optional=("users",),
        ),
    ]
}
EXPLAINED = {
    400: "Malformed or invalid; `errors` names every bad field.",
    401: "No token, or a bad one.",
    403: "A scope is missing, or the caller is no owner.",
    404: "There is no such thing here.",
    406: "None of the media types in `Accept` can be produced.",
    409: "It has not finished, or it failed.",
    410: "The archive has expired.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` was used with another body.",
    429: "Too much is under way, or downloaded at once; see `Retry-After`.",
    503: "Something needed is down; see `Retry-After`.",
}
READ = (400, 401, 403, 406, 503)
POSTED = (*READ, 413, 415, 422, 429)
ORGANIZATION = OpenApiParameter(
    "X-Organization", TEXT, OpenApiParameter.HEADER, description="The slug, for several."
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A repeat within a day gets the first answer.",
)
PAGING = (
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
    OpenApiParameter("cursor", TEXT, description="From `next` of the page before."),
)


def erase() -> Decorator[Any]:
    """Describe asking for an erasure."""
    return _described(
        "erase",
        "Erase one visitor, or the whole organization: an owner types its slug.",
        (202, ERASURE, "Taken on; a worker does it."),
        parameters=(ORGANIZATION, KEY),
        refusals=POSTED,
        request={JSON: WANTED},
        examples=[
            OpenApiExample("a visitor", {"visitor_id": "v-1"}, request_only=True, media_type=JSON)
        ],
    )


def list_erasures() -> Decorator[Any]:
    """Describe the list of erasures."""
    return _described(
        "list_erasures",
        "Erasures of the organization, newest first.",
        (200, _page(ERASURE), "One page."),
        parameters=(ORGANIZATION, *PAGING),
    )


def show_erasure() -> Decorator[Any]:
    """Describe looking at an erasure."""
    return _described(
        "show_erasure",
        "An erasure and its receipt, for its organization and for whoever asked.",
        (200, ERASURE, "The erasure, as it stands."),
        parameters=(ORGANIZATION, _identity("erasure_id")),
        refusals=(*READ, 404),
    )


def export() -> Decorator[Any]:
    """Describe asking for an export."""
    return _described(
        "export_organization",
        "Have everything the organization owns written to an archive.",
        (202, EXPORT, "Taken on; a worker does it."),
        parameters=(ORGANIZATION, KEY),
        refusals=POSTED,
        request={JSON: _closed({})},
    )


def list_exports() -> Decorator[Any]:
    """Describe the list of exports."""
    return _described(
        "list_exports",
        "Exports of the organization, newest first.",
        (200, _page(EXPORT), "One page."),
        parameters=(ORGANIZATION, *PAGING),
    )


def show_export() -> Decorator[Any]:
    """Describe looking at an export."""
    return _described(
        "show_export",
        "An export, as it stands.",
        (200, EXPORT, "The export."),
        parameters=(ORGANIZATION, _identity("export_id")),
        refusals=(*READ, 404),
    )


def download_export() -> Decorator[Any]:
    """Describe the download of an archive."""
    return _described(
        "download_export",
        "The archive of an export: a ZIP whose `manifest.json` names every file.",
        (200, {"type": "string", "format": "binary"}, "The archive, streamed."),
        parameters=(ORGANIZATION, _identity("export_id")),
        refusals=(*READ, 404, 409, 410, 429),
        media_type="application/zip",
    )


def _identity(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.UUID, OpenApiParameter.PATH)


def _described(  # noqa: PLR0913  one for each part of an operation
    name: str,
    says: str,
    answer: tuple[int, Schema, str],
    *,
    parameters: Sequence[OpenApiParameter],
    refusals: Sequence[int] = READ,
    request: Any = None,
    examples: Sequence[OpenApiExample] = (),
    media_type: str = JSON,
) -> Decorator[Any]:
    status, schema, words = answer
    problem = {"$ref": "#/components/schemas/ReportProblem"}
    refused = {(code, PROBLEM): OpenApiResponse(problem, EXPLAINED[code]) for code in refusals}
    return extend_schema(
        operation_id=name,
        summary=name.replace("_", " ").capitalize(),
        description=says,
        request=request,
        parameters=list(parameters),
        responses={(status, media_type): OpenApiResponse(schema, words)} | refused,
        examples=list(examples),
        tags=["custody"],
    )
