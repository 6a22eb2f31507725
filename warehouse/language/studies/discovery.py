"""What `discovery` asks: which traffic without a campaign belongs together."""

from dataclasses import dataclass

from warehouse.language.query import Query, Window
from warehouse.language.study import Match

KIND = "discovery"
CLUSTERS, ANOMALIES = PARTS = ("clusters", "anomalies")
ORIGIN = ("source", "medium", "channel")
PLACE = ("country", "region")
DEVICE, HOUR, CAMPAIGN = "device_type", "hour_of_day", "campaign_id"
KEYS = (*ORIGIN, *PLACE, DEVICE)
"""What an event is told apart by, in the order in which statements name it."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Patterns of at least `min_traffic` events, the most valuable `max_patterns` of them."""

    span: Window
    min_traffic: int = 10
    max_patterns: int = 20
    include: tuple[str, ...] = PARTS

    @property
    def kind(self) -> str:
        """The report kind it belongs to."""
        return KIND

    @property
    def matches(self) -> tuple[Match, ...]:
        """None: every event without a campaign counts."""
        return ()

    @property
    def fields(self) -> tuple[str, ...]:
        """What patterns are made of."""
        return (*KEYS, HOUR, CAMPAIGN)

    @property
    def of_sessions(self) -> bool:
        """Each event speaks for itself."""
        return False

    def canonical(self) -> "Discovery":
        """Return it with its parts in one order."""
        parts = tuple(part for part in PARTS if part in self.include)
        return Discovery(self.span, self.min_traffic, self.max_patterns, parts)

    def definition(self, query: Query) -> str:
        """Return in words what is looked for."""
        return (
            "Rules over the events without a campaign: clusters are values that meet, or visitors"
            " who convert, clearly more often than chance would have it; anomalies are hours with"
            " clearly more visitors than the other hours promise. The rule of each, asked as a"
            " query over its time range, gives its sample_size."
        )
