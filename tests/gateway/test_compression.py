"""Answers come in the encoding asked for, and mean the same."""

import gzip

import brotli
import pytest
import zstandard

from tests.gateway.urls import BODY
from warehouse.gateway.compression import choose

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]
DECODERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def ask(caller, path, encoding, **headers):
    return caller.get(path, headers={"Accept-Encoding": encoding, **headers})


@pytest.mark.parametrize("encoding", DECODERS)
def test_a_result_is_compressed_and_its_tag_is_weak(caller, encoding):
    answer = ask(caller, "/api/v1/sized", encoding)
    assert answer["Content-Encoding"] == encoding
    assert int(answer["Content-Length"]) == len(answer.content) < len(BODY) / 2
    assert DECODERS[encoding](answer.content) == BODY
    assert answer["ETag"] == 'W/"abc"'
    assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize("encoding", DECODERS)
def test_a_stream_is_compressed_piece_by_piece(caller, encoding):
    answer = ask(caller, "/api/v1/streamed", encoding)
    assert answer["Content-Encoding"] == encoding
    assert not answer.has_header("Content-Length")
    assert DECODERS[encoding](b"".join(answer.streaming_content)) == BODY
    assert answer["ETag"] == 'W/"abc"'


@pytest.mark.parametrize("encoding", ["", "identity", "deflate", "gzip;q=0", "*;q=0", "gzip;q=x"])
def test_whoever_does_not_ask_gets_it_plain(caller, encoding):
    answer = ask(caller, "/api/v1/sized", encoding)
    assert not answer.has_header("Content-Encoding")
    assert (answer.content, answer["ETag"]) == (BODY, '"abc"')
    assert "Accept-Encoding" in answer["Vary"]


def test_a_small_body_a_part_and_an_empty_answer_stay_plain(caller):
    assert not ask(caller, "/api/v1/echo", "gzip").has_header("Content-Encoding")
    part = ask(caller, "/api/v1/sized", "gzip", Range="bytes=0-10")
    assert not part.has_header("Content-Encoding")
    schema = ask(caller, "/api/v1/schema", "gzip")
    again = ask(caller, "/api/v1/schema", "gzip", **{"If-None-Match": schema["ETag"]})
    assert schema["ETag"].startswith("W/")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*, zstd;q=0", "br"),
        ("identity;q=1, gzip;q=0.5", None),
        ("GZIP", "gzip"),
        (",;,", None),
    ],
)
def test_the_best_liked_encoding_wins(header, chosen):
    assert choose(header) == chosen
