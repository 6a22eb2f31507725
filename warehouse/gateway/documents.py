"""What the OpenAPI document says of any endpoint: parameters, statuses, the parts of one."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from warehouse.gateway.answers import JSON, PROBLEM
from warehouse.gateway.shapes import COUNT, TEXT, Schema, reference

Handler = TypeVar("Handler", bound=Callable[..., Any])
Decorator = Callable[[Handler], Handler]

EXPLAINED: Mapping[int, str] = {
    304: "The caller holds this already (`If-None-Match`).",
    400: "Malformed or invalid; `errors` names every bad field.",
    401: "No token, or a bad one.",
    403: "A scope is missing, or a foreign organization was named.",
    404: "There is no such thing here.",
    406: "None of the media types in `Accept` can be produced.",
    409: "It is in a state that does not allow this.",
    410: "The result has expired.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "The range lies beyond the end.",
    422: "There is not enough data, or the `Idempotency-Key` came with another body.",
    429: "A limit was reached: see `Retry-After`, or `alternatives` for a question that fits.",
    502: "The data source failed.",
    503: "Something needed is down; see `Retry-After`.",
    504: "The question took longer than its time limit.",
}
COMMON = (400, 401, 403, 406, 503)
POSTED = (*COMMON, 413, 415, 422)


def header(name: str, description: str, schema: Schema = TEXT) -> OpenApiParameter:
    """Describe a header of the request."""
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


def parameter(name: str, description: str, schema: Schema = TEXT) -> OpenApiParameter:
    """Describe a parameter of the query string."""
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


ORGANIZATION = header("X-Organization", "The organization's slug, for people with several.")
KEY = header(
    "Idempotency-Key",
    "A repeat within a day gets the first answer.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
)
PAGING = (
    parameter("limit", "How many a page.", {**COUNT, "minimum": 1, "maximum": 200}),
    parameter("cursor", "From `next` of the page before."),
)


def nothing(name: str) -> OpenApiExample:
    """Return the example of a list that is empty."""
    empty: dict[str, Any] = {"items": [], "next": None}
    return OpenApiExample(name, empty, response_only=True, media_type=JSON, status_codes=["200"])


def adding(components: Mapping[str, Schema]) -> Callable[..., Schema]:
    """Return a postprocessing hook that puts the schemas of `components` into the document."""

    def hook(result: Schema, **_: Any) -> Schema:
        held = result.setdefault("components", {})
        held["schemas"] = {**held.get("schemas", {}), **components}
        return result

    return hook


def described(  # noqa: PLR0913  one for each part of an operation
    *,
    request: Any,
    parameters: Sequence[OpenApiParameter],
    answers: Mapping[int, str],
    refusals: Sequence[int],
    examples: Sequence[OpenApiExample],
    further: Mapping[Any, Any] | None = None,
    name: str,
    says: str | None = None,
    words: Mapping[str, str] = MappingProxyType({}),
    heads: Callable[[Mapping[int, str]], Sequence[OpenApiParameter]] = lambda answers: (),
) -> Decorator[Any]:
    """Describe an operation by its parts.

    `words` say what the components it answers with are, `heads` which headers these always have.
    """
    responses: dict[Any, Any] = {
        (status, JSON): OpenApiResponse(reference(name), words.get(name, name))
        for status, name in answers.items()
    }
    for status in refusals:
        schema = None if status == 304 else reference("ReportProblem")
        why = EXPLAINED.get(status, "A fault of ours; it has been logged.")
        responses[status if status == 304 else (status, PROBLEM)] = OpenApiResponse(schema, why)
    return extend_schema(
        operation_id=name,
        summary=name.replace("_", " ").capitalize(),
        description=says,
        request=request,
        parameters=[*parameters, *heads(answers)],
        responses=responses | dict(further or {}),
        examples=list(examples),
    )
