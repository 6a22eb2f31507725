"""The rule of a campaign that goes on: which events that come are given to it, from a time on."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from warehouse.language.holds import Events, holding
from warehouse.language.query import Condition


@dataclass(frozen=True, slots=True)
class StandingRule:
    """Events from `start` (milliseconds since 1970) on for which `where` holds.

    They are given `campaign_id`, and `assignment` says by whom. Days and hours are those of `zone`.
    """

    campaign_id: str
    assignment: str
    start: int
    zone: str
    where: tuple[Condition, ...]

    def holding(self, events: Events) -> list[bool]:
        """Return of each of the events whether it is given."""
        found = holding(self.where, events, self.zone)
        times = events.get("event_time")
        return [one and time >= self.start for one, time in zip(found, times, strict=True)]


StandingRules = Callable[[Collection[str]], Mapping[str, Sequence[StandingRule]]]
"""Returns the rules that stand in each of some organizations, the first come first."""
