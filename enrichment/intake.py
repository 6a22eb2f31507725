"""Decodes what senders post: JSON or NDJSON, plain or compressed, never more than the limits."""

import io
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import zstandard

from enrichment.validation import EventError
from warehouse.exceptions import InvalidRequest, TooLarge, UnsupportedMedia

BYTES_LIMIT = 16 * 1024 * 1024
EVENTS_LIMIT = 10_000
ZSTD_WINDOW_LIMIT = 16 * 1024 * 1024
NDJSON_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
JSON_TYPES = frozenset({"application/json", "text/json", ""})


@dataclass(frozen=True, slots=True)
class Posted:
    """The events of one request, and the lines that are no JSON at all."""

    events: list[Any]
    broken: tuple[EventError, ...] = ()


def decode(body: bytes, *, encoding: str, media_type: str) -> Posted:
    """Return the events of a request; `media_type` without parameters, both in lower case."""
    if media_type not in JSON_TYPES | NDJSON_TYPES:
        raise UnsupportedMedia("Send application/json or application/x-ndjson.")
    plain = _decompressed(body, encoding)
    posted = _lines(plain) if media_type in NDJSON_TYPES else Posted(_document(plain))
    if not posted.events:
        raise InvalidRequest("There is no event in the request.")
    if len(posted.events) > EVENTS_LIMIT:
        raise TooLarge(f"Send at most {EVENTS_LIMIT} events at once.")
    return posted


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        plain = body
    elif encoding in DECOMPRESSORS:
        plain = DECOMPRESSORS[encoding](body)
    else:
        raise UnsupportedMedia("Content-Encoding must be gzip, zstd or identity.")
    if len(plain) > BYTES_LIMIT:
        raise TooLarge(f"The events must have at most {BYTES_LIMIT} bytes decompressed.")
    return plain


def _gunzip(body: bytes) -> bytes:
    """Decompress one gzip member, reading at most one byte more than the limit."""
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, BYTES_LIMIT + 1)
    except zlib.error as error:
        raise InvalidRequest("The body is not valid gzip.") from error
    if len(plain) <= BYTES_LIMIT and (not stream.eof or stream.unused_data):
        raise InvalidRequest("The gzip body is cut off or has something behind its end.")
    return plain


def _unzstd(body: bytes) -> bytes:
    """Decompress one zstd frame, reading at most one byte more than the limit."""
    source = io.BytesIO(body)
    stream = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_LIMIT).decompressobj()
    plain = bytearray()
    try:
        while not stream.eof and len(plain) <= BYTES_LIMIT:
            piece = source.read(ZSTD_PIECE)
            if not piece:
                raise InvalidRequest("The zstd body is cut off.")
            plain += stream.decompress(piece)
    except zstandard.ZstdError as error:
        raise InvalidRequest("The body is not valid zstd.") from error
    if stream.eof and (stream.unused_data or source.read(1)):
        raise InvalidRequest("The zstd body has something behind its end.")
    return bytes(plain)


# Zstd makes at most about 128 KiB of one 4-byte block, so a piece this small cannot explode far.
ZSTD_PIECE = 512
DECOMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip, "x-gzip": _gunzip, "zstd": _unzstd,
}  # fmt: skip


def _document(plain: bytes) -> list[Any]:
    try:
        document = orjson.loads(plain)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from error
    if isinstance(document, dict) and document.keys() == {"events"}:
        document = document["events"]
    if not isinstance(document, list):
        raise InvalidRequest('Send a JSON array of events or {"events": [...]}.')
    return document


def _lines(plain: bytes) -> Posted:
    events: list[Any] = []
    broken: list[EventError] = []
    for line in plain.splitlines():
        if not line.strip():
            continue
        try:
            events.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            broken.append(EventError(len(events), "", "invalid_json", str(error)[:200]))
            events.append(None)
        if len(events) > EVENTS_LIMIT:
            break
    return Posted(events, tuple(broken))
