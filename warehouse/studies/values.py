"""From a dimension's values, which statements about touchpoints give as text, to what is shown."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from warehouse import cells
from warehouse.language import catalog
from warehouse.planner.plan import dimension_column


def value_of(dimension: str) -> Any:
    """Return what turns a value, which the statement gives as text, into the cell of an answer."""
    field = catalog.dimension(dimension)
    turn = TURNS.get(field.kind if field else "string", str)
    return lambda text: None if text == "" else turn(text)


TURNS: dict[str, Any] = {
    **dict.fromkeys(("integer", "boolean", "date", "time"), int),
    "number": float,
    "decimal": Decimal,
}


def words_of(dimension: str, zone: str) -> Callable[[str], str | None]:
    """Return what turns a value into the words for it: those of JSON; null for an absent one."""
    column, turned = dimension_column(dimension), value_of(dimension)
    keep, show = cells.keeper(column, zone), cells.shower(column, zone)

    @cache
    def words(text: str) -> str | None:
        (shown,) = show(keep([turned(text)]))
        if shown is None or isinstance(shown, str):
            return shown
        return orjson.dumps(shown).decode()

    return words
