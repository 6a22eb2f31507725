"""The OpenAPI document and the page that shows it, both with nothing from elsewhere."""

import hashlib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from warehouse.gateway.answers import JSON, dump, json_answer
from warehouse.gateway.etags import not_modified

ID = ("X-Request-ID", "What this request is called in the logs.")
WAIT = ("Retry-After", "After how many seconds to try again.")
SCHEME = ("WWW-Authenticate", "How to say who is asking.")
HEADS = {"401": (SCHEME,), "429": (WAIT,), "503": (WAIT,)}
ALWAYS = (ID, SCHEME)
"""Which headers answers of a status have, whichever operation gives them, and which have all."""


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI 3.1 document, made once in the life of a process."""
    document, etag = _document(settings.ROOT_URLCONF)
    if not_modified(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    return json_answer(document, headers={"ETag": etag}, content_type=JSON)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the document in the browser."""
    return render(request, "gateway/docs.html")


@cache
def _document(urlconf: str) -> tuple[bytes, str]:
    generator = SchemaGenerator(urlconf=urlconf)  # type: ignore[no-untyped-call]
    document = dump(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
    return document, f'"{hashlib.sha256(document).hexdigest()[:32]}"'


def tell_heads(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe the headers that every answer has, and those of a status."""
    answers = (
        (status, answer)
        for methods in result["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
    )
    for status, answer in answers:
        heads = answer.setdefault("headers", {})
        for head in (ID, *HEADS.get(status, ())):
            name, words = head
            heads[name] = {
                "schema": {"type": "string"},
                "required": head in ALWAYS,
                "description": words,
            }
    return result


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token."""

    target_class = "warehouse.gateway.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key's token."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the session cookie of the pages."""

    target_class = "warehouse.gateway.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
