"""Tries again what failed in passing: few times, with growing pauses, within the time given."""

import logging
import random
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from warehouse.exceptions import QueryCancelled, WarehouseError
from warehouse.sources.failures import passing

logger = logging.getLogger(__name__)

TRIES = 4
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

Found = TypeVar("Found")


def keep_trying(
    attempt: Callable[[float], Found], *, seconds: float, stopped: Callable[[float], bool]
) -> Found:
    """Return what `attempt(seconds left)` returns, called again while its failure may pass.

    Only for what may happen twice. `stopped` waits so many seconds, or returns True at once when
    nobody wants the answer any more.
    """
    deadline = time.monotonic() + seconds
    for number in count(1):
        try:
            return attempt(deadline - time.monotonic())
        except WarehouseError as error:
            pause = _pause(number)
            late = time.monotonic() + pause >= deadline
            if number == TRIES or late or not passing(error):
                raise
            logger.info("ClickHouse failed, try %d of %d follows: %s", number + 1, TRIES, error)
            if stopped(pause):
                raise QueryCancelled from error
    raise AssertionError("counting never ends")


def _pause(number: int) -> float:
    """Double each time, and spread: many who failed together should not come back together."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (number - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311
