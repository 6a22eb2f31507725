"""Collects the values of a statement while its text is written, and how to find them again.

A value is bound by its place in the question, not by what it is: the finished text then serves
every question of the same shape, each with values of its own.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from warehouse.language.query import Leaf, Query, leaves
from warehouse.sql.statement import Statement


@dataclass(frozen=True, slots=True)
class Asked:
    """A question while its values are read, with its comparisons by position."""

    query: Query
    leaves: tuple[Leaf, ...]


Read = Callable[[Asked], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """The text of every question of one shape, and where its values stand in a question."""

    text: str
    slots: tuple[tuple[str, Read], ...]

    def fill(self, query: Query) -> Statement:
        """Return the statement that asks `query`, which must be of the template's shape."""
        asked = Asked(query, tuple(leaf for one in query.conditions for leaf in leaves(one)))
        values = {name: read(asked) for name, read in self.slots}
        return Statement(self.text, values, (query.organization,))


class Values:
    """Hands out a placeholder for each value of a statement that is written for these alone."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def bind(self, value: Any, kind: str) -> str:
        """Return the placeholder of `value`, which ClickHouse reads as `kind`."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"{{{name}:{kind}}}"


class Binder:
    """Hands out a placeholder for each value; no value ever enters the text."""

    def __init__(self) -> None:
        self._slots: dict[Hashable, tuple[str, str, Read]] = {}

    def bind(self, place: Hashable, kind: str, read: Read) -> str:
        """Return the placeholder of the value that `read` finds, which ClickHouse reads as `kind`.

        The same place has one placeholder, so the same expression always has the same text.
        """
        if place not in self._slots:
            self._slots[place] = (f"p{len(self._slots)}", kind, read)
        name, kind, _ = self._slots[place]
        return f"{{{name}:{kind}}}"

    def template(self, text: str) -> Template:
        """Return the finished text with all that was bound in it."""
        return Template(text, tuple((name, read) for name, _, read in self._slots.values()))
