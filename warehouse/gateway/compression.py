"""Compresses answers in the encoding the caller likes best: zstd, brotli or gzip.

A compressed answer is another representation of the same content, so its strong ETag becomes weak.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Protocol, cast

import brotli
import zstandard
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from warehouse.gateway.etags import weak

LEAST_BYTES = 860  # a smaller body fits one packet anyway
COMPRESSIBLE = (
    "application/json",
    "application/problem+json",
    "application/vnd.oai.openapi+json",
    "application/x-ndjson",
    "application/javascript",
    "image/svg+xml",
    "text/",
)


class Encoder(Protocol):
    """What compresses one body piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a piece and return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Compressor(quality=4)

    def compress(self, data: bytes, /) -> bytes:
        return bytes(self._inner.process(data))

    def flush(self) -> bytes:
        return bytes(self._inner.finish())


# In order of preference where the caller likes several equally.
ENCODERS: dict[str, Callable[[], Encoder]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=3).compressobj(),
    "br": _Brotli,
    "gzip": lambda: zlib.compressobj(level=5, wbits=zlib.MAX_WBITS | 16),
}


@lru_cache(maxsize=1024)
def choose(accept_encoding: str) -> str | None:
    """Return the encoding to use, or None to send the body as it is."""
    liked: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=")
        liked[name.strip()] = _number(quality) if parameter else 1.0
    offered = {name: liked.get(name, liked.get("*", 0.0)) for name in ENCODERS}
    best = max(offered, key=lambda name: offered[name])
    return best if offered[best] > 0 and offered[best] >= liked.get("identity", 0.0) else None


def compress(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Compress `response` in place if the caller asked for it and it pays."""
    if not _may_be_compressed(response):
        return response
    patch_vary_headers(response, ("Accept-Encoding",))
    encoding = choose(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if encoding is None or "HTTP_RANGE" in request.META:
        return response
    encoder = ENCODERS[encoding]()
    if isinstance(response, StreamingHttpResponse):
        content = cast("Iterable[bytes]", response.streaming_content)
        response.streaming_content = _pieces(encoder, content)
        del response.headers["Content-Length"]
    elif not _shrink(response, encoder):
        return response
    response.headers["Content-Encoding"] = encoding
    if "ETag" in response.headers:
        response.headers["ETag"] = weak(response.headers["ETag"])
    return response


def _may_be_compressed(response: HttpResponseBase) -> bool:
    return (
        response.status_code not in (204, 206, 304)
        and response.headers.get("Content-Type", "").startswith(COMPRESSIBLE)
        and "Content-Encoding" not in response.headers
        and (response.streaming or len(response.content) >= LEAST_BYTES)  # type: ignore[attr-defined]
    )


def _shrink(response: HttpResponseBase, encoder: Encoder) -> bool:
    content: bytes = response.content  # type: ignore[attr-defined]
    smaller = encoder.compress(content) + encoder.flush()
    if len(smaller) >= len(content):
        return False
    response.content = smaller  # type: ignore[attr-defined]
    response.headers["Content-Length"] = str(len(smaller))
    return True


def _pieces(encoder: Encoder, content: Iterable[bytes]) -> Iterator[bytes]:
    for piece in content:
        if ready := encoder.compress(piece):
            yield ready
    yield encoder.flush()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
