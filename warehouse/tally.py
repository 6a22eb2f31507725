"""What is noted of an answer while its rows pass by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROUGH = "rough"
"""Under what `more` says of what a study could not be exact, and how far it is."""


@dataclass(slots=True)
class Tally:
    """What an answer turned out to be: complete only when its last piece was taken.

    `counts` are told beside a study's rows, so that they can be reconciled with other answers;
    `more` is what else its `meta` tells. Whoever works long on its rows calls `watch` again and
    again, which raises when that must stop.
    """

    watch: Callable[[], None] = lambda: None

    rows: int = 0
    truncated: bool = False
    most: int = 0
    least: int | None = None
    counts: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def count(self, figures: tuple[int, ...]) -> None:
        """Note the figures that tell how exact a row is."""
        for figure in figures:
            self.most = max(self.most, figure)
            if figure:
                self.least = figure if self.least is None else min(self.least, figure)
