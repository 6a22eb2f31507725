"""Which pre-aggregated tables there are: their width in time and their dimensions, as data.

Each holds the same figures of the events that share its dimensions and its span of time. A rollup
answers a question exactly when it has every dimension the question names and when every edge of
time in the question falls on an edge of its spans. Fifteen minutes divide every offset from UTC
that a zone uses today, so one width serves all zones; a day serves those who count in UTC.
"""

from dataclasses import dataclass

QUARTER, DAY = 900, 86_400
STEPS = {"1d": DAY, "15m": QUARTER}
FAMILIES: dict[str, tuple[str, ...]] = {
    "acquisition": ("channel", "source", "medium"),
    "campaigns": ("campaign_id", "source", "medium", "channel"),
    "audience": ("country", "device_type", "browser", "os"),
    "content": ("hostname", "path", "event_name", "conversion_event"),
}
EXACT_UNIQUES = 4096
"""Up to this many distinct values a rollup counts exactly."""
UNIQUES_ERROR = 0.003
"""The relative standard error of a rollup's larger unique counts."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of figures by `dimensions` over spans of `step` seconds from UTC midnight on."""

    name: str
    step: int
    dimensions: tuple[str, ...]


ROLLUPS: tuple[Rollup, ...] = tuple(
    Rollup(f"{family}_{width}", step, dimensions)
    for width, step in STEPS.items()
    for family, dimensions in FAMILIES.items()
)
"""Every rollup, the coarser ones first."""
