"""The metrics: what each counts, its unit, and the figures it is made of, as data.

A *figure* is what tables hold and statements add up; a metric is one figure, or one over another.
"""

from dataclasses import dataclass

PREVIOUS, CHANGE = "_previous", "_change"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something counted over events, or over the sessions these belong to.

    `unique` figures count distinct values, so those of two sets of events do not add up.
    """

    name: str
    of_sessions: bool = False
    unique: bool = False
    decimal: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure about a set of events: `over`, or `over` / (`under` x `divisor`).

    `kind` is how an answer writes it: integer, decimal (exact digits) or number; a number is null
    when there is nothing below the line.
    """

    name: str
    kind: str
    unit: str
    definition: str
    over: str
    under: str | None = None
    divisor: int = 1

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures a table must hold to answer this."""
        return (self.over,) if self.under is None else (self.over, self.under)

    @property
    def adds_up(self) -> bool:
        """Whether values of separate sets of events, such as days, may be added."""
        figure = FIGURES[self.over]
        return self.under is None and not figure.unique and not figure.of_sessions


FIGURES = {
    figure.name: figure
    for figure in (
        *(Figure(name) for name in ("events", "page_views", "clicks", "conversions", "frauds")),
        Figure("revenue", decimal=True),
        *(Figure(name) for name in ("fraud_points", "quality_points")),
        *(Figure(name, unique=True) for name in ("visitors", "converters", "unique_clicks")),
        *(
            Figure(name, of_sessions=True)
            for name in ("sessions", "bounces", "engaged", "converted", "duration_ms")
        ),
    )
}
SCORE_POINTS = 10_000
"""Scores are added up as whole ten-thousandths: whatever the order, the sum is the same."""


def _count(name: str, definition: str, over: str | None = None) -> Metric:
    return Metric(name, "integer", "count", definition, over or name)


def _ratio(name: str, unit: str, definition: str, over: str, under: str) -> Metric:
    return Metric(name, "number", unit, definition, over, under)


_METRICS = (
    _count("events", "Events."),
    _count("visitors", "Distinct visitors (`visitor_id`)."),
    _count("sessions", "Distinct sessions: the sender's, else a visitor's events without a gap of "
           "thirty minutes."),
    _count("page_views", "Sum of `page_views`; an event named view, page_view or pageview that "
           "brings none counts one."),
    _count("clicks", "Events named `click`."),
    _count("unique_clicks", "Distinct click ids (`click_id`)."),
    _count("conversions", "Events whose `conversion_event` is not empty."),
    _count("converting_visitors", "Distinct visitors with a conversion.", "converters"),
    Metric("revenue", "decimal", "currency", "Sum of `conversion_value`, in the organization's "
           "currency.", "revenue"),
    _ratio("conversion_rate", "fraction", "Converting visitors / visitors.", "converters",
           "visitors"),
    _ratio("session_conversion_rate", "fraction", "Sessions with a conversion / sessions.",
           "converted", "sessions"),
    _ratio("avg_order_value", "currency", "Revenue / conversions.", "revenue", "conversions"),
    _ratio("revenue_per_visitor", "currency", "Revenue / visitors.", "revenue", "visitors"),
    _ratio("revenue_per_session", "currency", "Revenue / sessions.", "revenue", "sessions"),
    _ratio("pages_per_session", "count", "Page views / sessions.", "page_views", "sessions"),
    _ratio("events_per_session", "count", "Events / sessions.", "events", "sessions"),
    _ratio("page_views_per_visitor", "count", "Page views / visitors.", "page_views", "visitors"),
    _ratio("sessions_per_visitor", "count", "Sessions / visitors.", "sessions", "visitors"),
    _count("bounces", "Sessions of one event without a conversion."),
    _count("engaged_sessions", "Sessions that did not bounce.", "engaged"),
    _ratio("bounce_rate", "fraction", "Sessions of one event without a conversion / sessions.",
           "bounces", "sessions"),
    _ratio("engagement_rate", "fraction", "Sessions that did not bounce / sessions.", "engaged",
           "sessions"),
    Metric("avg_session_duration", "number", "seconds", "Mean seconds from a session's first to "
           "its last event, or the sender's `session_duration` where given.", "duration_ms",
           "sessions", 1000),
    _ratio("fraud_rate", "fraction", "Events with a fraud score of 80 or more / events.", "frauds",
           "events"),
    Metric("avg_fraud_score", "number", "points", "Mean `fraud_score` of events.", "fraud_points",
           "events", SCORE_POINTS),
    Metric("avg_quality_score", "number", "points", "Mean `quality_score` of events.",
           "quality_points", "events", SCORE_POINTS),
)  # fmt: skip
METRICS: dict[str, Metric] = {metric.name: metric for metric in _METRICS}


def compared(name: str) -> tuple[str, str]:
    """Return the names of a metric's two companions in a comparison."""
    return name + PREVIOUS, name + CHANGE
