"""The process behind `manage.py warden`: the service, its health and its reflection on one port."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from warehouse.tenancy.warden import warden_pb2
from warehouse.tenancy.warden.pulse import Pulse
from warehouse.tenancy.warden.service import Service
from warehouse.tenancy.warden.warden_pb2_grpc import add_WardenServicer_to_server

THREADS = 8
MOST_CALLS = 64
"""How many calls wait or run at once; one more is refused at once as too many."""
GRACE_SECONDS = 5.0
LARGEST_BYTES = 64 * 1024
OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", LARGEST_BYTES),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 5),
)
WARDEN = warden_pb2.DESCRIPTOR.services_by_name["Warden"].full_name
SERVICES = (WARDEN, health.SERVICE_NAME, reflection.SERVICE_NAME)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of the server's certificate and key, and of the authority of those who may call."""

    cert: Path
    key: Path
    client_ca: Path | None = None


class Server:
    """Serves Warden until it is stopped."""

    def __init__(self, bind: str, certificates: Certificates | None = None) -> None:
        """Take the address; raises `OSError` when it cannot be had or a file cannot be read."""
        self._health = health.HealthServicer()
        self._pulse = Pulse(self._say)
        self._server = grpc.server(
            ThreadPoolExecutor(THREADS, "warden"),
            options=OPTIONS,
            maximum_concurrent_rpcs=MOST_CALLS,
        )
        add_WardenServicer_to_server(Service(), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(SERVICES, self._server)
        self.port = _listen(self._server, bind, certificates)

    def start(self) -> None:
        """Begin to answer; healthy is who has a database that answers."""
        self._say(False)
        self._server.start()
        self._pulse.start()

    def _say(self, well: bool) -> None:
        answers = health_pb2.HealthCheckResponse
        for service in ("", WARDEN):
            self._health.set(service, answers.SERVING if well else answers.NOT_SERVING)

    def stop(self) -> None:
        """Take no more calls, finish those under way for a few seconds, and end."""
        self._pulse.stop()
        self._health.enter_graceful_shutdown()
        self._server.stop(GRACE_SECONDS).wait()


def is_loopback(bind: str) -> bool:
    """Tell whether only this machine can reach HOST:PORT."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(server: grpc.Server, bind: str, certificates: Certificates | None) -> int:
    try:
        if certificates is None:
            return server.add_insecure_port(bind)
        return server.add_secure_port(bind, _credentials(certificates))
    except RuntimeError as exc:
        raise OSError(f"cannot listen at {bind}") from exc


def _credentials(certificates: Certificates) -> grpc.ServerCredentials:
    pair = (certificates.key.read_bytes(), certificates.cert.read_bytes())
    authority = certificates.client_ca
    return grpc.ssl_server_credentials(
        [pair],
        root_certificates=authority.read_bytes() if authority else None,
        require_client_auth=authority is not None,
    )
