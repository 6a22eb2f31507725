"""What the operator should look at first, listed on the admin's first page.

A room's admin module adds a teller to `TELLERS`: it returns notes, none where all is well.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Note:
    """One line: what there is, where it is listed, and whether something is wrong."""

    text: str
    url: str
    wrong: bool = False


Teller = Callable[[datetime], Iterable[Note]]
TELLERS: list[Teller] = []


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 batch` or `7 batches`; `many` is the plural where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def notes(now: datetime) -> list[Note]:
    """Return every room's notes, what is wrong first."""
    found = [note for teller in TELLERS for note in teller(now)]
    return sorted(found, key=lambda note: not note.wrong)
