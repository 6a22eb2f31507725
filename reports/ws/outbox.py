"""What waits of an organization's reports for one socket, bounded whatever the reader does.

State changes that do not fit are dropped here and read again from the database by cursor, so a
slow reader gets every one; of progress only the newest of each report is kept, and of few reports.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from reports.ws.history import Event
from reports.ws.subscription import Wake

STATES = 64
PROGRESSES = 32


class Outbox:
    """The messages of one subscription; `position` is the cursor of the last one taken in.

    `wake` is called when there is something to send or to read.
    """

    __slots__ = ("_progress", "_states", "_wake", "behind", "only", "position")

    def __init__(self, position: int, only: str | None, wake: Wake) -> None:
        self.position = position
        self.behind = True
        self.only = only
        self._wake = wake
        self._states: deque[str] = deque()
        self._progress: dict[str, str] = {}

    def settle(self, position: int, head: int) -> None:
        """Begin behind event number `position`; `head` is the newest one given out already."""
        self.position = position
        self.behind = position < head

    def offer(self, event: Event) -> None:
        """Take in the newest state change, or note that the reader has fallen behind."""
        if self.behind or event.cursor <= self.position:
            return
        if len(self._states) >= STATES:
            self.behind = True
        else:
            self._take_in(event)
        self._wake()

    def refill(self, events: Iterable[Event], head: int) -> None:
        """Take in a page read from the database; `head` is the newest cursor known now."""
        seen = False
        for event in events:
            seen = True
            self._take_in(event)
        if not seen:
            self.position = max(self.position, head)
        self.behind = self.position < head
        self._wake()

    def progress(self, report_id: str, report: str) -> None:
        """Keep the newest progress of a report; beyond the bound it is dropped."""
        if self.only in (None, report_id) and (
            report_id in self._progress or len(self._progress) < PROGRESSES
        ):
            self._progress[report_id] = report
            self._wake()

    def take(self) -> Iterator[str]:
        """Yield what is to be sent, state changes first."""
        while self._states:
            yield self._states.popleft()
        while self._progress and not self._states:
            report = self._progress.pop(next(iter(self._progress)))
            # The cursor is the last state change sent: resuming from it misses nothing.
            yield f'{{"type":"report.progress","cursor":{self.position},"report":{report}}}'

    def _take_in(self, event: Event) -> None:
        self.position = event.cursor
        self._progress.pop(event.report_id, None)
        if self.only in (None, event.report_id):
            self._states.append(event.text)
