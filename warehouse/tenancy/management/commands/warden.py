"""`manage.py warden`: serves who is asking, from this database, to other installations."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.tenancy import usage
from warehouse.tenancy.warden.server import Certificates, Server, is_loopback

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXPOSED = (
    "other machines can reach {bind}: give --cert, --key and --client-ca, so that only those with "
    "a certificate may ask, or say --trust-network where nobody else can reach it"
)


class Command(BaseCommand):
    help = "Serve the Warden gRPC service over this installation's database until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8002", metavar="HOST:PORT")
        parser.add_argument("--cert", type=Path, help="file of the server's certificate, PEM")
        parser.add_argument("--key", type=Path, help="file of its key, PEM")
        parser.add_argument(
            "--client-ca", type=Path, help="authority whose certificates callers must have, PEM"
        )
        parser.add_argument(
            "--trust-network", action="store_true", help="serve other machines without certificates"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        certificates = _certificates(options)
        bind = options["bind"]
        known = certificates is not None and certificates.client_ca is not None
        if not (known or options["trust_network"] or is_loopback(bind)):
            raise CommandError(EXPOSED.format(bind=bind))
        stopped = threading.Event()
        for number in SIGNALS:
            signal.signal(number, lambda *_: stopped.set())
        try:
            server = Server(bind, certificates)
        except OSError as exc:
            raise CommandError(str(exc)) from None
        usage.start(usage.USAGE)
        server.start()
        scheme = "grpcs" if certificates else "grpc"
        host = bind.rpartition(":")[0]
        self.stdout.write(f"Warden serves at {scheme}://{host}:{server.port}")
        self.stdout.flush()
        stopped.wait()
        server.stop()
        usage.USAGE.flush()


def _certificates(options: dict[str, Any]) -> Certificates | None:
    cert, key, authority = (options[name] for name in ("cert", "key", "client_ca"))
    if not (cert or key or authority):
        return None
    if not (cert and key):
        raise CommandError("--cert and --key belong together, and --client-ca needs both")
    return Certificates(cert, key, authority)
