"""Keeps the steps of an attribution in bounded memory: of so many values, the others as one.

What is folded stays in every sum, so totals are exact; the answer has no row for it and says that
it is cut.
"""

from collections.abc import Sequence

from warehouse.studies.credit import Key

MOST_VALUES = 20_000
REST = "\0"
"""Stands for every value that is not kept apart; none is made of this."""


class Kept(dict[Key, list[int]]):
    """Steps by value, next value and ending; values that come first are kept apart."""

    def __init__(self, values: set[str], most: int = MOST_VALUES) -> None:
        super().__init__()
        self._values, self._most = values, most

    def row(self, key: Key, width: int) -> list[int]:
        """Return the amounts at `key`, to be added to."""
        value, after, ending = key
        place = (self._name(value), self._name(after), ending)
        return self.setdefault(place, [0] * width)

    def add(self, key: Key, amounts: Sequence[int]) -> None:
        """Add amounts at `key`."""
        row = self.row(key, len(amounts))
        for place, amount in enumerate(amounts):
            row[place] += amount

    def _name(self, value: str) -> str:
        if value in self._values or not value:
            return value
        if len(self._values) >= self._most:
            return REST
        self._values.add(value)
        return value
