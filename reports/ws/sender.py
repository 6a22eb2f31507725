"""Writes what the subscriptions of one socket hold: one message after the other.

Each write waits until the connection can take it, so what a slow reader has not taken stays in
the subscriptions, where it is bounded.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.db import Error as DatabaseFault

from reports.ws.subscription import Subscription

log = logging.getLogger(__name__)


class Sender:
    """The subscriptions of one socket by topic, and the task that writes their messages.

    `fail` is called when they cannot be served any longer: the client has to come back.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], fail: Callable[[], Awaitable[None]]
    ) -> None:
        self._send, self._fail = send, fail
        self._subscriptions: dict[str, Subscription] = {}
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look what there is to send."""
        self._ready.set()

    async def put(self, topic: str, subscription: Subscription) -> None:
        """Open a subscription in the place of the topic's last one, if there was one."""
        await self.drop(topic)
        try:
            await self._send(subscription.opening)
        except BaseException:
            await subscription.close()
            raise
        self._subscriptions[topic] = subscription
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self.wake()

    async def drop(self, topic: str | None = None) -> None:
        """Close the topic's subscription; without a topic, all of them."""
        for name in [topic] if topic else list(self._subscriptions):
            subscription = self._subscriptions.pop(name, None)
            if subscription:
                subscription.closed = True
                await subscription.close()

    async def close(self) -> None:
        """Close every subscription and write nothing more."""
        task, self._task = self._task, None
        if task and task is not asyncio.current_task():
            task.cancel()
        await self.drop()

    async def _run(self) -> None:
        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                for subscription in list(self._subscriptions.values()):
                    await self._serve(subscription)
        except DatabaseFault as exc:
            # The client comes back with its cursor and finds everything it missed.
            log.warning("a socket was closed: its events cannot be read: %s", type(exc).__name__)
            await self._fail()
        except OSError:
            log.debug("a client went away while it was written to")

    async def _serve(self, subscription: Subscription) -> None:
        for text in subscription.take():
            await self._send(text)
            if subscription.closed:
                return
        if subscription.behind:
            await subscription.refill()
