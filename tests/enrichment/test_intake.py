"""Bodies as they come: formats, encodings, and what is too much."""

import gzip
import zlib

import orjson
import pytest
import zstandard

from enrichment import intake
from warehouse.exceptions import InvalidRequest, TooLarge, UnsupportedMedia

EVENTS = [{"event_name": "a"}, {"event_name": "b"}]
BODY = orjson.dumps(EVENTS)
JSON, NDJSON = "application/json", "application/x-ndjson"
GZIPPED = gzip.compress(BODY, mtime=0)


def decode(body, encoding="", media_type=JSON):
    return intake.decode(body, encoding=encoding, media_type=media_type)


@pytest.mark.parametrize(
    ("body", "encoding", "media_type"),
    [
        (BODY, "", JSON),
        (BODY, "identity", ""),
        (orjson.dumps({"events": EVENTS}), "", JSON),
        (b'{"event_name":"a"}\n\n{"event_name":"b"}', "", NDJSON),
        (GZIPPED, "gzip", JSON),
        (zstandard.compress(BODY), "zstd", JSON),
    ],
)
def test_every_form_brings_the_same_events(body, encoding, media_type):
    assert decode(body, encoding, media_type).events == EVENTS


@pytest.mark.parametrize(
    ("body", "encoding", "media_type", "error"),
    [
        (b"{", "", JSON, InvalidRequest),
        (b"", "", JSON, InvalidRequest),
        (b"[]", "", JSON, InvalidRequest),
        (b"7", "", JSON, InvalidRequest),
        (b'{"event_name": "a"}', "", JSON, InvalidRequest),
        (b'["\\ud800"]', "", JSON, InvalidRequest),
        (b"[" * 100_000, "", JSON, InvalidRequest),
        (b"[NaN]", "", JSON, InvalidRequest),
        (b"\xff", "", JSON, InvalidRequest),
        (BODY, "gzip", JSON, InvalidRequest),
        (GZIPPED[:-3], "gzip", JSON, InvalidRequest),
        (GZIPPED * 2, "gzip", JSON, InvalidRequest),
        (BODY, "zstd", JSON, InvalidRequest),
        (zstandard.compress(BODY)[:-3], "zstd", JSON, InvalidRequest),
        (zstandard.compress(BODY) * 2, "zstd", JSON, InvalidRequest),
        (zlib.compress(BODY), "deflate", JSON, UnsupportedMedia),
        (BODY, "", "text/csv", UnsupportedMedia),
        (orjson.dumps(EVENTS * 5001), "", JSON, TooLarge),
        (b'{"event_name":"a"}\n' * 10_001, "", NDJSON, TooLarge),
        (b"[" + b" " * intake.BYTES_LIMIT, "", JSON, TooLarge),
        (gzip.compress(bytes(100_000_000), 1), "gzip", JSON, TooLarge),
        (zstandard.compress(bytes(100_000_000)), "zstd", JSON, TooLarge),
    ],
)
def test_bad_body_is_refused(body, encoding, media_type, error):
    with pytest.raises(error):
        decode(body, encoding, media_type)


def test_broken_line_does_not_spoil_the_others():
    posted = decode(b'{"event_name":"a"}\n{oops\n{"event_name":"b"}', "", NDJSON)
    assert [error.index for error in posted.broken] == [1]
    assert posted.events == [EVENTS[0], None, EVENTS[1]]
