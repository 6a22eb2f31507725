"""Sends one POST to an address that the guard has judged, and says in a word what came of it.

A name is looked up once; every address it has is judged, and one of these is connected to, while
TLS still asks for the name. Nothing of the environment is believed, no redirect is followed, and
of the answer only the status is kept.
"""

import asyncio
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from reports.webhooks.guard import Address, BadAddress, Guard, NotPublic
from reports.webhooks.outcomes import DELIVERED, Outcome

log = logging.getLogger(__name__)
Resolve = Callable[[str, int], Sequence[Address]]
SECONDS = 15.0
"""How long one try may take, whatever the receiver does."""
ANSWER_SECONDS = 2.0
ANSWER_BYTES = 64 * 1024
"""How long and how much of an answer's body is read, so that its sender is not cut off."""
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 3
DELAYING = (429, 503)
GONE = 410
NOWHERE = "The name was not found, or leads to no address that messages may be sent to."
"""The same of both, or anybody could ask which names there are inside."""


def resolve(host: str, port: int) -> Sequence[Address]:
    """Return the addresses of a name, as the machine's resolver tells them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(each[4][0]) for each in found))


def trusting() -> ssl.SSLContext:
    """Return what certificates are judged by: the well-known authorities, and the machine's."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts messages; `seconds` bound each."""

    guard: Guard
    context: ssl.SSLContext
    clock: Callable[[], datetime]
    resolve: Resolve = resolve
    seconds: float = SECONDS

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post once, in the caller's thread."""
        begun = time.monotonic()
        outcome = self._tried(address, body, headers)
        return replace(outcome, elapsed_ms=round((time.monotonic() - begun) * 1000))

    def _tried(self, address: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        try:
            url = self.guard.check_url(address)
        except BadAddress as error:
            return Outcome("forbidden-address", detail=str(error))
        try:
            return asyncio.run(self._post(url, body, headers))
        except NotPublic:
            log.info("nothing is sent to %s: it leads to an address that is not public", url.host)
            return Outcome("unreachable", detail=NOWHERE)
        except BadAddress as error:
            return Outcome("forbidden-address", detail=str(error))
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome("timeout", detail=f"No answer came within {self.seconds:.0f} seconds.")
        except (OSError, UnicodeError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return _failed(error)

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Outcome:
        door = _Door(url, self.guard, self.resolve)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self.context, network_backend=door, max_connections=1
        )
        async with asyncio.timeout(self.seconds), pool:
            target = httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            head = {"host": url.netloc.decode(), "content-length": str(len(body)), **headers}
            async with pool.stream("POST", target, headers=list(head.items()), content=body) as got:
                await _let_finish(got)
                return _judged(got, self.clock())


class _Door(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only."""

    def __init__(self, url: httpx.URL, guard: Guard, resolve: Resolve) -> None:
        self._url, self._guard, self._resolve = url, guard, resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  as its base has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the name up, judge every address, and connect to the first that takes us."""
        addresses = await _aside(lambda: self._resolve(host.strip("[]"), port))
        self._guard.check(self._url, addresses)
        fault: Exception = OSError("the name has no address")
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return await self._backend.connect_tcp(str(address), port, CONNECT_SECONDS)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    async def sleep(self, seconds: float) -> None:
        """Sleep as the pool asks."""
        await self._backend.sleep(seconds)


async def _aside(work: Callable[[], Sequence[Address]]) -> Sequence[Address]:
    """Do what may block in a thread that nobody waits for once the time is over."""
    future: Future[Sequence[Address]] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as fault:  # noqa: BLE001  raised again where it is waited for
            future.set_exception(fault)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    return await asyncio.wrap_future(future)


async def _let_finish(got: httpcore.Response) -> None:
    """Read the beginning of the body; whatever becomes of it, the status has been said."""
    count = 0
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in got.aiter_stream():
                count += len(chunk)
                if count > ANSWER_BYTES:
                    return


def _judged(got: httpcore.Response, now: datetime) -> Outcome:
    status = got.status
    if 200 <= status < 300:
        return Outcome(DELIVERED, status)
    said = {name.lower(): value.decode("latin-1") for name, value in got.headers}
    asked = _wait(said.get(b"retry-after", ""), now) if status in DELAYING else None
    return Outcome("refused", status, retry_after=asked, gone=status == GONE)


def _wait(text: str, now: datetime) -> timedelta | None:
    """Read `Retry-After`: seconds or a date; None for anything else."""
    try:
        if text.isdecimal():
            return timedelta(seconds=int(text[:9]))
        return parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None


def _failed(error: Exception) -> Outcome:
    """Tell a bad certificate from a receiver that cannot be reached."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Outcome("bad-certificate", detail=str(cause.verify_message))
        if isinstance(cause, socket.gaierror | UnicodeError):
            return Outcome("unreachable", detail=NOWHERE)
        if isinstance(cause, ssl.SSLError):
            return Outcome("unreachable", detail="It does not speak TLS as we do.")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ProtocolError):
        return Outcome("unreachable", detail="It does not answer in HTTP.")
    return Outcome("unreachable", detail="No connection was made, or it broke.")
