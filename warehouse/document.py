"""The JSON of a result: the one place that writes it, for what is computed and what is kept."""

from collections.abc import Sequence
from typing import Any

import orjson

from warehouse import cells
from warehouse.cells import Cells
from warehouse.planner.plan import Column

Page = Sequence[Cells]
"""Some rows of a result: for each column its kept cells, as many as all others."""


class Document:
    """A result's JSON, written page by page: `head`, then `rows` of each page, then `tail`."""

    def __init__(self, columns: Sequence[Column], zone: str) -> None:
        self._columns = tuple(columns)
        self._showers = [cells.shower(column, zone) for column in columns]
        self._empty = True

    def head(self) -> bytes:
        """Return what stands before the rows."""
        return b'{"columns":' + described(self._columns) + b',"rows":['

    def rows(self, page: Page) -> bytes:
        """Return a page of rows, and what sets it off from the page before."""
        if not page or not page[0]:
            return b""
        shown = list(zip(*self.shown(page), strict=True))
        comma, self._empty = (b"" if self._empty else b","), False
        return comma + orjson.dumps(shown)[1:-1]

    def shown(self, page: Page) -> list[Cells]:
        """Return a page's columns as JSON shows their cells."""
        return cells.turned(self._showers, page)

    @staticmethod
    def tail(rest: bytes) -> bytes:
        """Return what stands behind the rows; `rest` is the JSON object of it."""
        return b"]," + rest[1:]


def described(columns: Sequence[Column]) -> bytes:
    """Return the JSON of what a result says of its columns."""
    return orjson.dumps([{"name": c.name, "type": c.kind, "role": c.role} for c in columns])


def columns_of(description: bytes) -> tuple[Column, ...]:
    """Return the columns that `described` has written."""
    found: list[dict[str, Any]] = orjson.loads(description)
    return tuple(Column(one["name"], one["type"], one["role"]) for one in found)
