"""Which periods a question about cohorts has: those that begin cohorts, and those that follow."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from warehouse.language import buckets
from warehouse.language.periods import LONGEST
from warehouse.language.query import Window

SPARE = timedelta(days=2)
"""More than clocks are ever turned by."""
AHEAD = timedelta(hours=1)
"""How far in the future an event may lie when it comes."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods of one length, in a time zone."""

    unit: str
    zone: str
    week_start: str

    def within(self, window: Window) -> tuple[int, ...]:
        """Return the Unix second of each period that begins in `window`."""
        begin = window.start.timestamp()
        return tuple(second for second in self._touching(window) if second >= begin)

    def last(self, count: int, now: datetime) -> tuple[int, ...]:
        """Return where the last `count` periods begin, the running one included."""
        reach = Window(now - self._length(count), now + timedelta(seconds=1))
        begun = [second for second in self._touching(reach) if second <= now.timestamp()]
        return tuple(begun[-count:])

    def onwards(self, first: int, count: int) -> tuple[int, ...]:
        """Return where `count` periods begin from `first` on, and where the last one ends."""
        begin = datetime.fromtimestamp(first, UTC)
        found = self._touching(Window(begin, begin + self._length(count)))
        return found[: count + 1]

    def until(self, first: int, moment: datetime) -> int:
        """Return how many periods there are from `first` to the one that holds `moment`."""
        begin = datetime.fromtimestamp(first, UTC)
        if moment < begin:
            return 0
        return len(self._touching(Window(begin, moment + timedelta(seconds=1))))

    def after(self, moment: datetime) -> int:
        """Return where the next period after `moment` begins."""
        found = self._touching(Window(moment, moment + self._length(1)))
        return next(second for second in found if second > moment.timestamp())

    def _touching(self, window: Window) -> tuple[int, ...]:
        return buckets.starts(window, self.unit, self.zone, self.week_start)

    def _length(self, count: int) -> timedelta:
        return (count + 1) * LONGEST[self.unit] + SPARE
