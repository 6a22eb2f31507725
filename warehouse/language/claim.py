"""What a campaign that goes on claims of events that come: those of its rule, from a time on."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from warehouse.language.holds import Get, holding
from warehouse.language.query import Condition


@dataclass(frozen=True, slots=True)
class Claim:
    """Events from `start` (milliseconds since 1970) on for which `where` holds.

    They are given `campaign_id`, and `assignment` says by whom. Days and hours are those of `zone`.
    """

    campaign_id: str
    assignment: str
    start: int
    zone: str
    where: tuple[Condition, ...]

    def holding(self, get: Get, count: int) -> list[bool]:
        """Return of each of `count` events, got by column, whether it is claimed."""
        found = holding(self.where, get, count, self.zone)
        return [
            one and time >= self.start for one, time in zip(found, get("event_time"), strict=True)
        ]


Claims = Callable[[Collection[str]], Mapping[str, Sequence[Claim]]]
"""Returns the claims in each of some organizations, the first come first."""
