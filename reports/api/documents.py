"""What the OpenAPI document says of each endpoint: parameters, bodies, answers and examples."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from reports.api import examples, heads
from reports.api.flat import PARAMETERS
from reports.api.shapes import (
    COUNT,
    FORMAT,
    PRIORITY,
    TEXT,
    Schema,
    closed,
    commas_or_nothing,
    reference,
)
from reports.api.words import ASKED, WORDS
from reports.formats import FORMATS
from reports.kinds import Kind
from reports.models import STATUSES
from warehouse.gateway import documents
from warehouse.gateway.answers import JSON
from warehouse.gateway.documents import (
    COMMON,
    KEY,
    ORGANIZATION,
    PAGING,
    POSTED,
    Decorator,
    header,
    parameter,
)

A_PART: Schema = {"description": "A piece of the result, which is seldom JSON by itself."}


described = partial(documents.described, words=WORDS, heads=heads.of)
PREFER = header("Prefer", "`wait=S` (0 to 30 seconds, default 2) or `respond-async`.")
FRESH = header("Cache-Control", "`no-cache` computes the answer anew.")
HELD = header("If-None-Match", "The `ETag` of an answer held already.")
REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


def question(kind: Kind) -> Decorator[Any]:
    """Describe asking one kind of report by POST."""
    return described(
        says=f"Ask for {kind.tells} by a JSON body.",
        name=f"ask_{kind.name}",
        request={JSON: reference(f"{kind.name.title()}Request")},
        parameters=[ORGANIZATION, KEY, PREFER, FRESH, HELD],
        answers={200: "Result", 202: "Report"},
        refusals=(304, *POSTED, *ASKED),
        examples=[*examples.REQUESTS[kind.name], *examples.ANSWERED],
    )


def flat_question(kind: Kind) -> Decorator[Any]:
    """Describe asking one kind of report by GET with flat parameters."""
    return described(
        says=f"Ask for {kind.tells} by flat parameters.",
        name=f"ask_{kind.name}_flat",
        request=None,
        parameters=[
            ORGANIZATION,
            PREFER,
            FRESH,
            HELD,
            *(parameter(*one) for one in PARAMETERS[kind.name]),
        ],
        answers={200: "Result", 202: "Report"},
        refusals=(304, *COMMON, *ASKED),
        examples=examples.ANSWERED,
    )


def estimate(kind: Kind) -> Decorator[Any]:
    """Describe estimating one kind of question."""
    return described(
        says=f"Say what asking for {kind.tells} would take.",
        name=f"estimate_{kind.name}",
        request={JSON: reference(f"{kind.name.title()}Export")},
        parameters=[ORGANIZATION, KEY],
        answers={200: "Estimate"},
        refusals=POSTED,
        examples=[*examples.REQUESTS[kind.name], *examples.ESTIMATED],
    )


def catalog() -> Decorator[Any]:
    """Describe what questions may be made of."""
    return described(
        name="show_catalog",
        request=None,
        parameters=[ORGANIZATION, HELD],
        answers={200: "Catalog"},
        refusals=(304, *COMMON),
        examples=examples.CATALOG,
    )


def report() -> Decorator[Any]:
    """Describe looking at a report."""
    return described(
        name="show_report",
        request=None,
        parameters=[ORGANIZATION, REPORT_ID],
        answers={200: "Report"},
        refusals=(*COMMON, 404),
        examples=examples.REPORT,
    )


def deletion() -> Decorator[Any]:
    """Describe the deletion of a report."""
    return described(
        name="delete_report",
        request=None,
        parameters=[ORGANIZATION, REPORT_ID],
        answers={},
        refusals=(*COMMON, 404, 409),
        examples=[],
        further={204: OpenApiResponse(None, "The report is gone.")},
    )


def change(action: str) -> Decorator[Any]:
    """Describe what changes a report."""
    return described(
        name=f"{action}_report",
        request={JSON: closed({})},
        parameters=[ORGANIZATION, KEY, REPORT_ID],
        answers={202: "Report"},
        refusals=(*POSTED, 404, 409, 429),
        examples=examples.ACCEPTED,
    )


def collection() -> Decorator[Any]:
    """Describe the list of reports."""
    when = {"type": "string", "format": "date-time"}
    kinds = commas_or_nothing(tuple(examples.REQUESTS))
    return described(
        name="list_reports",
        request=None,
        parameters=[
            ORGANIZATION,
            parameter("status", "One or several, by commas.", commas_or_nothing(STATUSES)),
            parameter("kind", "One or several, by commas.", kinds),
            parameter("created_after", "Only reports asked for later than this.", when),
            parameter("created_before", "Only reports asked for earlier than this.", when),
            *PAGING,
        ],
        answers={200: "ReportPage"},
        refusals=COMMON,
        examples=examples.PAGE,
    )


def submission() -> Decorator[Any]:
    """Describe submitting a report."""
    variants = [
        closed(
            {
                "kind": {"const": kind},
                "request": reference(f"{kind.title()}Export"),
                "priority": PRIORITY,
            },
            ["kind"],
        )
        for kind in examples.REQUESTS
    ]
    return described(
        name="submit_report",
        request={JSON: {"anyOf": variants}},
        parameters=[ORGANIZATION, KEY],
        answers={202: "Report"},
        refusals=(*POSTED, 429),
        examples=[*examples.SUBMISSION, *examples.ACCEPTED],
    )


def result() -> Decorator[Any]:
    """Describe the download of a result."""
    types = {each.media_type.partition(";")[0] for each in FORMATS.values()} - {JSON}
    return described(
        name="download_result",
        request=None,
        parameters=[
            ORGANIZATION,
            REPORT_ID,
            parameter("format", "Overrides `Accept`.", FORMAT),
            HELD,
            header("Prefer", "`wait=S` (0 to 30 seconds, default 10) for a large format."),
            header("Range", "One range of bytes, such as `bytes=0-1023`."),
            header("If-Range", "The range is of this `ETag`, else the whole is sent."),
        ],
        answers={200: "Result", 202: "Export"},
        refusals=(304, *COMMON, 404, 409, 410, 416, 429, 500, 504),
        examples=examples.RESULT,
        further={(status, name): _streamed(name) for status in (200, 206) for name in sorted(types)}
        | {(206, JSON): OpenApiResponse(A_PART, "The bytes of the range.")},
    )


def _streamed(media_type: str) -> OpenApiResponse:
    readable = media_type.startswith("text/") or media_type.endswith("json")
    schema = TEXT if readable else {"type": "string", "format": "binary"}
    return OpenApiResponse(schema, "The rows, streamed.")


def ticket() -> Decorator[Any]:
    """Describe the issue of a socket ticket."""
    made = closed(
        {"ticket": TEXT, "expires_in": COUNT, "url": {"type": "string", "format": "uri"}},
        ("ticket", "expires_in", "url"),
    )
    return described(
        name="issue_ws_ticket",
        request={JSON: closed({})},
        parameters=[ORGANIZATION, KEY],
        answers={},
        refusals=POSTED,
        examples=examples.TICKET,
        further={(201, JSON): OpenApiResponse(made, "A ticket for one socket, good for a minute.")},
    )


def root() -> Decorator[Any]:
    """Describe the API's own address."""
    properties = {
        "name": TEXT,
        "version": COUNT,
        "links": {"type": "object", "additionalProperties": TEXT},
        "websocket": {"type": "string", "format": "uri"},
    }
    named = OpenApiResponse(closed(properties, tuple(properties)), "Where everything is.")
    return described(
        name="root",
        request=None,
        parameters=[],
        answers={},
        refusals=(406,),
        examples=examples.ROOT,
        further={(200, JSON): named},
    )
