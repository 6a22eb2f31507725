"""What `attribution` asks of one click: its visitor's touchpoints, and the credit of each."""

from dataclasses import dataclass

from warehouse.language.query import Leaf, Query, Window
from warehouse.language.spans import told
from warehouse.language.studies.attribution import (
    ANY_CONVERSION,
    CHAIN,
    DIMENSION,
    HALF_LIFE,
    LOOKBACK,
    MILLISECOND,
    RULES,
    TOUCHPOINT,
)
from warehouse.language.study import Match

KIND = "click"
OF_ONE = tuple(name for name in RULES if name != CHAIN)
"""The models that need no other journey than the one that they share out credit in."""
FIELDS = ("event_name", "source", "medium", "campaign_id", "channel", "click_id")
"""What is told of each touchpoint."""


@dataclass(frozen=True, slots=True)
class Click:
    """The journeys that a click is part of; without `include_journey` only the click's own rows."""

    span: Window
    click_id: str
    include_journey: bool = False
    models: tuple[str, ...] = OF_ONE
    dimension: str = DIMENSION
    conversion: Match = ANY_CONVERSION
    lookback_ms: int = LOOKBACK // MILLISECOND
    half_life_ms: int = HALF_LIFE // MILLISECOND

    @property
    def kind(self) -> str:
        """The name under which every room knows it."""
        return KIND

    @property
    def matches(self) -> tuple[Match, ...]:
        """What a conversion is, and what the click is."""
        return (self.conversion, Match(None, (Leaf("click_id", "eq", (self.click_id,)),)))

    @property
    def fields(self) -> tuple[str, ...]:
        """What touchpoints are told by."""
        return (self.dimension, *FIELDS)

    @property
    def of_sessions(self) -> bool:
        """A touchpoint may be one because it starts a session."""
        return True

    def canonical(self) -> "Click":
        """Return itself: even the order of models shows in the answer."""
        return self

    def definition(self, query: Query) -> str:
        """Return in words what is told."""
        back = told(self.lookback_ms * MILLISECOND)
        shares = "; ".join(f"{name}: {RULES[name]}" for name in self.models)
        return (
            "The conversions of the window in whose journeys the click is, one after the other,"
            f" each with its visitor's touchpoints of the {back} before it and their shares of it."
            f" {TOUCHPOINT} Without a conversion, the touchpoints alone. {shares}."
        )
