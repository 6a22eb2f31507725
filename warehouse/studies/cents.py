"""Rounds amounts so that what is shown adds up exactly, to the last cent."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import orjson
from numpy.typing import NDArray

PLACES = 4
WHOLE = 10**PLACES
SMALLEST = Decimal(1).scaleb(-PLACES)
"""What amounts are counted in, and how many of these make one."""
FINEST = 10**5
"""Amounts are told apart to this part of the smallest one: no finer than they are known."""


def number(units: int) -> orjson.Fragment:
    """Return smallest amounts as a number of JSON, with all of its digits."""
    return orjson.Fragment(str(units * SMALLEST))


def rounded(total: int, amounts: Sequence[Fraction]) -> list[Decimal]:
    """Return `amounts` rounded so that they add up to `total`, as they do unrounded.

    Both are counted in smallest amounts. By the largest remainder (Hamilton's method): each is
    rounded down, and what is left goes, one smallest amount each, to those that lost most by
    that, the earlier on a tie.
    """
    due = [round(amount * FINEST) for amount in amounts]
    given = [one // FINEST for one in due]
    order = sorted(range(len(due)), key=lambda place: (-(due[place] % FINEST), place))
    left = total - sum(given)
    for turn in range(abs(left)):
        place = order[turn % len(order)] if left > 0 else order[-1 - turn % len(order)]
        given[place] += 1 if left > 0 else -1
    return [units * SMALLEST for units in given]


def shared_out(total: int, finest: NDArray[np.float64]) -> list[int]:
    """Return smallest amounts that add up to `total`, rounded as by `rounded`.

    What is rounded is counted in parts of the smallest amount, and adds up to `total` within half a
    smallest amount for each; a total is at most some millions.
    """
    due = np.rint(finest).astype(np.int64)
    given, lost = due // FINEST, due % FINEST
    left = total - int(given.sum())
    if left > 0:
        given[np.argsort(-lost, kind="stable")[:left]] += 1
    return [int(one) for one in given]
