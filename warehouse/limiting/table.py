"""Every rate limit there is: over how long, what it counts, and what holds without Redis.

Without Redis a limit is `open` (nobody is refused) or counted `alone` (each process keeps to the
whole quota by itself). `docs/limits.md` says the same to operators; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of limit: `counts` of something in any `seconds` that follow each other.

    With `leased` a process takes a little more than it needs, so that most calls cost no round
    trip; what it does not use it gives back.
    """

    name: str
    seconds: int
    counts: str
    without_redis: Literal["open", "alone"]
    why: str
    leased: bool = True


MINUTE, QUARTER = 60, 900
CALLER_SHARE = 0.8
"""What one key or person may use of its organization's requests: a script gone wild leaves some."""
LOGIN_ACCOUNT, LOGIN_ADDRESS = 20, 100
"""Failed logins of one account, whoever tries, and from one address, whichever account."""

LIMITS: Mapping[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit(
            "organization",
            MINUTE,
            "API requests of an organization",
            "open",
            "an outage of Redis must not become one of the API; what is dear is bounded by rows",
        ),
        Limit(
            "caller",
            MINUTE,
            "API requests of one key or person",
            "open",
            "as for the organization",
        ),
        Limit(
            "events",
            MINUTE,
            "events sent for an organization",
            "open",
            "losing events is worse than taking too many; the month's quota holds by rows",
        ),
        Limit(
            "login-account",
            QUARTER,
            "failed logins of one account",
            "alone",
            "guessing must stay slow, and people must get in",
            leased=False,
        ),
        Limit(
            "login-address",
            QUARTER,
            "failed logins from one address",
            "alone",
            "as for the account",
            leased=False,
        ),
    )
}
