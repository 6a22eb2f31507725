"""What `attribution` asks: which touchpoints get credit for conversions, by which models."""

from dataclasses import dataclass
from datetime import timedelta

from warehouse.language.query import Leaf, Query, Window
from warehouse.language.spans import told
from warehouse.language.study import Match

KIND = "attribution"
RULES = {
    "first_touch": "all to the first",
    "last_touch": "all to the last",
    "last_non_direct": "all to the last that is not direct, or to the last where all are",
    "linear": "the same to each",
    "time_decay": "2 to the power of -age/half-life to each, in proportion",
    "position_based": "40 % to the first, 40 % to the last, 20 % to those between them",
    "markov": "by how many conversions fail without the value, in a chain of all journeys",
    "shapley": "the same to each distinct value",
}
"""Every model, and how it shares a conversion out among the touchpoints before it."""
CHAIN = "markov"
MILLISECOND = timedelta(milliseconds=1)
LOOKBACK = timedelta(days=30)
HALF_LIFE = timedelta(days=7)
DIMENSION = "channel"
COSTED = "campaign_id"
"""The dimension whose values have costs."""
ANY_CONVERSION = Match(None, (Leaf("conversion_event", "is_not_null"),))


def conversions_of(name: str | None) -> Match:
    """Return which events are conversions: those of a name, or all that are any."""
    return Match(None, (Leaf("conversion_event", "eq", (name,)),)) if name else ANY_CONVERSION


@dataclass(frozen=True, slots=True)
class Attribution:
    """Credit by a dimension's values; `span` is the window and the lookback before it.

    `intervals` adds how far conversions may be off by chance. Models share out the conversions
    in `conversion`.
    """

    span: Window
    models: tuple[str, ...] = tuple(RULES)
    dimension: str = DIMENSION
    conversion: Match = ANY_CONVERSION
    lookback_ms: int = LOOKBACK // MILLISECOND
    half_life_ms: int = HALF_LIFE // MILLISECOND
    intervals: bool = False

    @property
    def kind(self) -> str:
        """The report kind it belongs to."""
        return KIND

    @property
    def matches(self) -> tuple[Match, ...]:
        """What a conversion is."""
        return (self.conversion,)

    @property
    def fields(self) -> tuple[str, ...]:
        """What touchpoints are told by."""
        return (self.dimension,)

    @property
    def of_sessions(self) -> bool:
        """A touchpoint may be one because it starts a session."""
        return True

    @property
    def tells_costs(self) -> bool:
        """Whether what was spent stands beside what was earned."""
        return self.dimension == COSTED

    def canonical(self) -> "Attribution":
        """Return itself: even the order of models shows in the answer."""
        return self

    def definition(self, query: Query) -> str:
        """Return in words what is counted."""
        shares = "; ".join(f"{name}: {RULES[name]}" for name in self.models)
        back = told(self.lookback_ms * MILLISECOND)
        return (
            "Each conversion is shared out among its visitor's touchpoints of the"
            f" {back} before it, its own event included. {TOUCHPOINT}"
            f" One without any stands in the row of null. {shares}."
        )


TOUCHPOINT = (
    "A touchpoint is an event that starts a session, or that has a campaign_id, term, content or"
    " click_id."
)
