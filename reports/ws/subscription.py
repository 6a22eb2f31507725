"""What a topic is, and what one socket hears of it; every topic stands in `topics.py`."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from warehouse.exceptions import FieldError
from warehouse.tenancy.principal import Principal

Wake = Callable[[], None]


class Subscription(Protocol):
    """The messages of one topic that wait for one socket, bounded whatever its reader does."""

    closed: bool
    """Whether nothing more is to be sent."""
    opening: str
    """The `subscribed` message."""

    @property
    def behind(self) -> bool:
        """Whether there is something to read that did not fit."""

    def take(self) -> Iterator[str]:
        """Yield what is to be sent; each is taken out when it is asked for."""

    async def refill(self) -> None:
        """Read what did not fit."""

    async def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What may be subscribed to: the fields of such a frame, and how they become a subscription.

    `open` may refuse; its subscription calls `Wake` when there is something to take or to read.
    """

    fields: tuple[str, ...]
    check: Callable[[Mapping[str, Any]], list[FieldError]]
    open: Callable[[Mapping[str, Any], Principal, Wake], Awaitable[Subscription]]
