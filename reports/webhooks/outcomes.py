"""What came of one try to deliver, in plain words, and how long it is until the next one."""

from dataclasses import dataclass
from datetime import timedelta

DELIVERED = "delivered"
WORDS = {
    DELIVERED: "The receiver took it (2xx).",
    "refused": "The receiver answered with another status; a redirect is not followed.",
    "timeout": "No whole answer came in time.",
    "unreachable": "The name was not found or leads nowhere allowed, or no connection was made.",
    "forbidden-address": "The URL is not one that messages may be sent to.",
    "bad-certificate": "The receiver's certificate cannot be trusted.",
    "no-secret": "The webhook's secret cannot be read any more; rotate it.",
    "disabled": "The webhook was disabled.",
    "no-member": "The address is no active member's any more.",
    "mail-failed": "The mail server did not take the letter.",
    "lost": "The worker ended while it sent; it may have arrived.",
    "fault": "A fault of ours.",
}
"""Every outcome of an attempt, and what it means."""

BACKOFF = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long it is to the next try after each failure; the failure after the last is the end."""
TRIES = len(BACKOFF) + 1
LONGEST_WAIT = timedelta(hours=24)
"""No receiver may put the next try off for longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt; `word` is one of `WORDS`.

    `last` says that no further try could end better, `gone` that the receiver wants no more.
    """

    word: str
    status: int | None = None
    detail: str = ""
    elapsed_ms: int = 0
    retry_after: timedelta | None = None
    last: bool = False
    gone: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the message has arrived."""
        return self.word == DELIVERED


def wait(tries: int, outcome: Outcome) -> timedelta | None:
    """Return how long to wait after the `tries`-th failure; None when it was the last."""
    if outcome.last or outcome.gone or tries >= TRIES:
        return None
    asked = min(outcome.retry_after or timedelta(), LONGEST_WAIT)
    return max(BACKOFF[max(tries, 1) - 1], asked)
