"""What a remote Warden has answered, for as long as it may be believed.

A good answer is asked for again after two seconds of use, so a revocation works within five; only
while Warden cannot be reached does it serve for up to a minute, and never past its own end. A bad
answer is forgotten after three seconds. One question is asked once at a time: who asks the same
meanwhile waits for that answer, or takes the last one while it is young.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from warehouse.clock import now as current_time
from warehouse.exceptions import (
    AccessDenied,
    Unauthenticated,
    WardenUnavailable,
    WarehouseError,
)

ASK_AGAIN_SECONDS = 2.0
YOUNG_SECONDS = 4.0
LASTING_SECONDS = 60.0
BAD_SECONDS = 3.0
REMEMBERED = 10_000

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Good(Generic[Found]):
    found: Found
    ends_at: datetime | None
    asked_at: float


@dataclass(frozen=True, slots=True)
class _Bad:
    kind: type[WarehouseError]
    detail: str
    asked_at: float


class Memory(Generic[Found]):
    """Answers by question; safe to share between threads. `ends` tells when one ends by itself."""

    def __init__(
        self,
        ends: Callable[[Found], datetime | None],
        *,
        now: Callable[[], datetime] = current_time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ends = ends
        self._now = now
        self._elapsed = elapsed
        self._good: OrderedDict[str, _Good[Found]] = OrderedDict()
        self._bad: OrderedDict[str, _Bad] = OrderedDict()
        self._under_way: dict[str, Future[_Good[Found] | _Bad | None]] = {}
        self._lock = threading.Lock()

    def get(
        self, question: str, ask: Callable[[], Found], *, at_most: float = ASK_AGAIN_SECONDS
    ) -> Found:
        """Return the answer to `question`, by `ask` when the last is older than `at_most` seconds.

        `ask` raises `Unauthenticated` or `AccessDenied`, which are remembered and raised again,
        or `WardenUnavailable`, which is raised when no good answer lasts.
        """
        kept = self._kept(question)
        if kept is not None and self._serves(question, kept, at_most):
            return self._told(kept)
        told = self._asked_once(question, ask)
        if told is not None:
            return self._told(told)
        if isinstance(kept, _Good) and self._age(kept) < LASTING_SECONDS:
            return self._told(kept)
        raise WardenUnavailable(retry_after=1)

    def _kept(self, question: str) -> _Good[Found] | _Bad | None:
        return self._bad.get(question) or self._good.get(question)

    def _serves(self, question: str, kept: _Good[Found] | _Bad, at_most: float) -> bool:
        age = self._age(kept)
        if isinstance(kept, _Bad):
            return age < BAD_SECONDS
        if at_most == ASK_AGAIN_SECONDS and question in self._under_way:
            return age < YOUNG_SECONDS
        return age < at_most

    def _asked_once(self, question: str, ask: Callable[[], Found]) -> _Good[Found] | _Bad | None:
        """Return the answer of the call under way, or of one of our own; None without any."""
        with self._lock:
            under_way = self._under_way.get(question)
            mine: Future[_Good[Found] | _Bad | None] = Future()
            if under_way is None:
                self._under_way[question] = mine
        if under_way is not None:
            return under_way.result()
        told = None
        try:
            told = self._ask(question, ask)
        finally:
            with self._lock:
                del self._under_way[question]
            mine.set_result(told)
        return told

    def _ask(self, question: str, ask: Callable[[], Found]) -> _Good[Found] | _Bad | None:
        asked_at = self._elapsed()
        try:
            found = ask()
        except (Unauthenticated, AccessDenied) as exc:
            bad = _Bad(type(exc), exc.detail, asked_at)
            self._put(self._bad, question, bad)
            self._drop(self._good, question)
            return bad
        except WardenUnavailable:
            return None
        good = _Good(found, self._ends(found), asked_at)
        self._put(self._good, question, good)
        self._drop(self._bad, question)
        return good

    def _told(self, kept: _Good[Found] | _Bad) -> Found:
        if isinstance(kept, _Bad):
            raise kept.kind(kept.detail)
        if kept.ends_at is not None and kept.ends_at <= self._now():
            raise Unauthenticated("This token has expired.")
        return kept.found

    def _age(self, kept: _Good[Found] | _Bad) -> float:
        return self._elapsed() - kept.asked_at

    def _put(self, shelf: "OrderedDict[str, Kept]", question: str, kept: "Kept") -> None:
        with self._lock:
            shelf[question] = kept
            shelf.move_to_end(question)
            while len(shelf) > REMEMBERED:
                shelf.popitem(last=False)

    def _drop(self, shelf: "OrderedDict[str, Kept]", question: str) -> None:
        with self._lock:
            shelf.pop(question, None)


Kept = TypeVar("Kept")
