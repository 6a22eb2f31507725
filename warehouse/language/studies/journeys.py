"""What `journeys` asks: which ways lead to conversions, or what follows an event."""

from dataclasses import dataclass

from warehouse.language.query import Query, Window
from warehouse.language.spans import told
from warehouse.language.studies.attribution import (
    ANY_CONVERSION,
    DIMENSION,
    LOOKBACK,
    MILLISECOND,
    TOUCHPOINT,
)
from warehouse.language.study import Match

KIND = "journeys"
PATHS, NEXT, LINKS = "paths", "next", "links"
VIEWS = (PATHS, NEXT, LINKS)
MOST_STEPS = 20
"""Of a longer path its last touchpoints are told."""


@dataclass(frozen=True, slots=True)
class Journeys:
    """Paths of touchpoints before conversions, or their links; or what comes next after an event.

    Where what comes next is asked, `of` says after which events, else what a conversion is.
    """

    span: Window
    view: str = PATHS
    dimension: str = DIMENSION
    of: Match = ANY_CONVERSION
    lookback_ms: int = LOOKBACK // MILLISECOND

    @property
    def kind(self) -> str:
        """The report kind it belongs to."""
        return KIND

    @property
    def matches(self) -> tuple[Match, ...]:
        """What a conversion is, or what the event is that others follow."""
        return (self.of,)

    @property
    def fields(self) -> tuple[str, ...]:
        """What touchpoints are told by."""
        return ("event_name",) if self.view == NEXT else (self.dimension,)

    @property
    def of_sessions(self) -> bool:
        """A touchpoint may be one because it starts a session."""
        return self.view != NEXT

    def canonical(self) -> "Journeys":
        """Return itself."""
        return self

    def definition(self, query: Query) -> str:
        """Return in words what is counted."""
        if self.view == NEXT:
            return (
                "Every event asked for, by the name of its visitor's very next event in the window;"
                " null where none follows."
            )
        rows = "paths" if self.view == PATHS else "steps from one touchpoint to the next"
        return (
            f"The {rows} of the conversions of the window: each has its visitor's touchpoints of"
            f" the {told(self.lookback_ms * MILLISECOND)} before it, its own event included, the"
            f" last {MOST_STEPS} of more. {TOUCHPOINT}"
        )
