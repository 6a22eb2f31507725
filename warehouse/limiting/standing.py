"""Where a caller stands with a limit, and the limits that were counted for the current request."""

from contextvars import ContextVar
from typing import NamedTuple


class Standing(NamedTuple):
    """One limit after counting: `left` of `quota` in `seconds`; some more after `wait` seconds."""

    name: str
    quota: int
    seconds: int
    left: int
    wait: int

    @property
    def policy(self) -> str:
        """The limit as an item of the `RateLimit-Policy` header."""
        return f'"{self.name}";q={self.quota};w={self.seconds}'

    @property
    def state(self) -> str:
        """The standing as an item of the `RateLimit` header."""
        return f'"{self.name}";r={self.left};t={self.wait}'


told: ContextVar[tuple[Standing, ...]] = ContextVar("told", default=())


def tell(standings: tuple[Standing, ...]) -> None:
    """Add standings to what the answer of this request will say."""
    told.set(told.get() + standings)
