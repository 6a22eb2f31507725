"""Posts the invented traffic through the same door as everybody's."""

import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from enrichment.demo import generator
from enrichment.demo.visits import Event

CHUNK = 5_000
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.5
TIMEOUT_SECONDS = 30
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class Refused(Exception):
    """The service did not take the events; the message says why."""


def load(
    url: str, token: str, *, end: datetime, days: int, seed: int, done: Callable[[int], None]
) -> int:
    """Post all events to the service at `url`; `done` hears of each chunk; returns how many.

    Raises `Refused`.
    """
    total = 0
    for chunk in _chunks(generator.hours(end=end, days=days, seed=seed)):
        accepted = _post(f"{url.rstrip('/')}/api/v1/events", token, orjson.dumps(chunk))
        if accepted != len(chunk):
            raise Refused(f"only {accepted} of {len(chunk)} events were accepted")
        total += len(chunk)
        done(len(chunk))
    return total


def _chunks(hours: Iterator[list[Event]]) -> Iterator[list[Event]]:
    waiting: list[Event] = []
    for events in hours:
        waiting += events
        while len(waiting) >= CHUNK:
            yield waiting[:CHUNK]
            waiting = waiting[CHUNK:]
    if waiting:
        yield waiting


def _post(url: str, token: str, body: bytes) -> int:
    """Send one chunk until it is taken; its key makes a repeat harmless."""
    if not url.startswith(("http://", "https://")):
        raise Refused(f"not a web address: {url}")
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "Idempotency-Key": f"demo-{hashlib.sha256(body).hexdigest()}",
    }
    request = Request(url, gzip.compress(body, 5, mtime=0), headers)  # noqa: S310  checked above
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return int(orjson.loads(answer.read())["accepted"])
        except HTTPError as error:
            reason = f"{error.code} {HTTPStatus(error.code).phrase}: {error.read(500)!r}"
            if error.code not in TRY_AGAIN or time.monotonic() > deadline:
                raise Refused(reason) from error
        except (URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise Refused(f"{url} cannot be reached: {error}") from error
        time.sleep(PAUSE_SECONDS)
