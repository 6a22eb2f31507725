"""JSON in and out for REST framework, by orjson: strict in what it reads, quick in what it writes.

orjson refuses what the standard library lets through: NaN, lone surrogates, bad UTF-8 and nesting
that would exhaust the stack. A NUL character is refused too: PostgreSQL cannot store one.
"""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from warehouse.gateway.answers import JSON, dump


class JsonParser(BaseParser):
    """Reads a JSON body."""

    media_type = JSON

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the decoded body; raises ParseError for anything that is not JSON, and for null.

        Nothing asks for less than an object or a list; who has nothing to say sends no body.
        """
        data = load(stream.read())
        if data is None:
            raise ParseError("The body is null. Send a JSON object, or no body at all.")
        return data


class JsonRenderer(BaseRenderer):
    """Writes a JSON body."""

    media_type = JSON
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return `data` as JSON."""
        return b"" if data is None else dump(data)


def load(body: bytes) -> Any:
    """Return the decoded JSON `body`; raises ParseError that says what is wrong and where."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error}.") from error
    if b"\\u0000" in body and _holds_nul(data):
        raise ParseError("The body holds a NUL character, which no text may contain.")
    return data


def _holds_nul(value: Any) -> bool:
    """Tell whether a text or a name in decoded JSON has a NUL; its depth is orjson's, 1024."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str) and "\0" in each:
            return True
        if isinstance(each, Mapping):
            pending += [*each, *each.values()]
        elif isinstance(each, list):
            pending += each
    return False
