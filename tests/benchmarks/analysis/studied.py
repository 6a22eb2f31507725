"""A study twice: as it is asked of the product, and as an analyst would write it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Study:
    """The same study twice; `same` tells whether both found the same, where they must."""

    name: str
    kind: str
    asked: dict[str, object]
    sql: str
    aim: float | None
    same: Callable[[Any, Any], bool] | None = None
