"""Where sockets ask the database: on threads of their own, whose connections stay open.

Who opens sockets and who listens have different threads, so that a flood of handshakes or of
subscriptions delays no message to those who are there.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import Error as DatabaseFault
from django.db import connection

OPENING = ThreadPoolExecutor(2, "ws-opening")
LISTENING = ThreadPoolExecutor(2, "ws-listening")

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Found = TypeVar("Found")


async def opening(act: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Run `act` for somebody who opens a socket or a subscription."""
    return await _run(OPENING, partial(act, *args, **kwargs))


async def listening(
    act: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
) -> Found:
    """Run `act` for those who listen."""
    return await _run(LISTENING, partial(act, *args, **kwargs))


def afterwards(act: Callable[Given, object], *args: Given.args, **kwargs: Given.kwargs) -> None:
    """Have `act` run some time for those who listen; nobody waits for it or hears of a failure."""
    LISTENING.submit(_logged, partial(act, *args, **kwargs))


def _logged(act: Callable[[], object]) -> None:
    try:
        _connected(act)
    except Exception:  # the top of a thread's work that nobody waits for
        log.exception("what was to be done for sockets afterwards failed")


async def _run(threads: ThreadPoolExecutor, act: Callable[[], Found]) -> Found:
    """Run `act` on one of `threads`; what it logs belongs to whoever asked."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, copy_context().run, _connected, act)


def _connected(act: Callable[[], Found]) -> Found:
    """Run `act`, once more over another connection: the last one may have died unnoticed."""
    try:
        return act()
    except DatabaseFault:
        connection.close()
        return act()
