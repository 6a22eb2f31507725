"""The line to a remote Warden: one gRPC connection with a deadline, retries and a breaker.

It is opened at the first call of a process, so it never crosses a fork, and anew after failures in
a row, so neither a dead connection nor an old certificate outlives a restart of Warden.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import orjson
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from warehouse.exceptions import (
    AccessDenied,
    Unauthenticated,
    WardenUnavailable,
    WarehouseError,
)
from warehouse.tenancy.audit import came_from
from warehouse.tenancy.warden import warden_pb2 as pb
from warehouse.tenancy.warden import warden_pb2_grpc
from warehouse.tenancy.warden.breaker import Breaker

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 0.5
SERVICE = "trellis.warden.v1.Warden"
REQUEST_ID = "x-request-id"
RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": SERVICE}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.02s",
                "maxBackoff": "0.1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
"""Asking changes nothing, so it may be asked again; the deadline holds for all tries together."""
OPTIONS = (
    ("grpc.service_config", orjson.dumps(RETRIES).decode()),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),  # or a new line would be the old connection
    ("grpc.enable_http_proxy", 0),
)
REFUSALS: dict[grpc.StatusCode, type[WarehouseError]] = {
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.INVALID_ARGUMENT: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: AccessDenied,
    grpc.StatusCode.NOT_FOUND: AccessDenied,
}
WORDS: dict[type[WarehouseError], str] = {
    Unauthenticated: "This token is not known or was revoked.",
    AccessDenied: "Warden lets nobody in with this.",
}
AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""What tells that Warden is away; another failure may be about one question only."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Warden listens, and the files of certificates, "" for none of one's own."""

    target: str
    secure: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""


class Line:
    """One connection; each method takes a message and returns one, or raises `grpc.RpcError`."""

    def __init__(self, address: Address) -> None:
        self.pid = os.getpid()
        self._channel = _open(address)
        warden = warden_pb2_grpc.WardenStub(self._channel)
        self.authenticate = warden.Authenticate
        self.get_organization = warden.GetOrganization
        self.check = health_pb2_grpc.HealthStub(self._channel).Check

    def close(self) -> None:
        """Give the connection up."""
        self._channel.close()


class Client:
    """Asks Warden; safe to share between threads.

    Every method raises `Unauthenticated` or `AccessDenied` when Warden refuses, and
    `WardenUnavailable` when it gives no answer within half a second.
    """

    def __init__(self, address: Address, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._breaker = Breaker(elapsed=elapsed)
        self._lock = threading.Lock()
        self._line: Line | None = None

    def authenticate(self, token: str) -> pb.Principal:
        """Return whose a token is."""
        answer: pb.Principal = self._ask("authenticate", pb.AuthenticateRequest(token=token))
        return answer

    def organization(self, identity: str) -> pb.Organization:
        """Return the organization of an id."""
        question = pb.GetOrganizationRequest(id=identity)
        answer: pb.Organization = self._ask("get_organization", question)
        return answer

    def look(self) -> str:
        """Return how Warden is, asked past the breaker; raises `WardenUnavailable` if not well.

        Being well is no answer about anybody yet: the breaker stays as it is.
        """
        question = health_pb2.HealthCheckRequest(service=SERVICE)
        try:
            answer = self._connected().check(question, timeout=DEADLINE_SECONDS)
        except (grpc.RpcError, OSError, ValueError) as exc:
            raise WardenUnavailable(f"Warden does not answer ({_name(exc)})") from None
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise WardenUnavailable("Warden answers, and says that it does not serve")
        return f"Warden serves at {self._address.target}"

    def close(self) -> None:
        """Give the connection up; the next call opens another."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None and line.pid == os.getpid():
            line.close()

    def _ask(self, method: str, question: Message) -> Any:
        if not self._breaker.may_try():
            raise WardenUnavailable(retry_after=1)
        request_id = came_from.get().request_id
        metadata = ((REQUEST_ID, request_id),) if request_id else ()
        try:
            call = getattr(self._connected(), method)
            answer = call(question, timeout=DEADLINE_SECONDS, metadata=metadata)
        except (grpc.RpcError, OSError, ValueError) as exc:
            raise self._failure(exc) from None
        self._came_back()
        return answer

    def _failure(self, exc: Exception) -> WarehouseError:
        code = exc.code() if isinstance(exc, grpc.Call) else None
        if refusal := REFUSALS.get(code) if code else None:
            self._came_back()
            return refusal(WORDS[refusal])
        words = exc.details() if isinstance(exc, grpc.Call) else exc
        if code is grpc.StatusCode.CANCELLED:  # by us: the line was given up meanwhile
            return WardenUnavailable(retry_after=1)
        if code in AWAY or code is None:
            self._went_away(f"{_name(exc)}: {words}")
        else:
            self._came_back()
            log.warning("Warden gave no answer (%s: %s)", _name(exc), words)
        return WardenUnavailable(retry_after=1)

    def _went_away(self, why: str) -> None:
        if self._breaker.failed():
            log.warning("Warden cannot be reached (%s): asked again every second", why)
        if self._breaker.is_open:
            self.close()

    def _came_back(self) -> None:
        if self._breaker.succeeded():
            log.info("Warden answers again")

    def _connected(self) -> Line:
        line = self._line
        if line is not None and line.pid == os.getpid():
            return line
        with self._lock:
            if self._line is None or self._line.pid != os.getpid():
                self._line = Line(self._address)
            return self._line


def _open(address: Address) -> grpc.Channel:
    if not address.secure:
        return grpc.insecure_channel(address.target, OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        _bytes(address.ca), _bytes(address.key), _bytes(address.cert)
    )
    return grpc.secure_channel(address.target, credentials, OPTIONS)


def _bytes(path: str) -> bytes | None:
    return Path(path).read_bytes() if path else None


def _name(exc: Exception) -> str:
    return exc.code().name if isinstance(exc, grpc.Call) else type(exc).__name__
