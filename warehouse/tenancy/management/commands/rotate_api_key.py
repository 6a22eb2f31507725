"""`manage.py rotate_api_key SLUG KEY [--overlap SECONDS]`: prints the new token alone."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.exceptions import WarehouseError
from warehouse.tenancy import keyring
from warehouse.tenancy.management import system

OVERLAP, MOST = (int(span.total_seconds()) for span in (keyring.OVERLAP, keyring.MOST_OVERLAP))


class Command(BaseCommand):
    help = "Put a new API key in an old one's place and print its token."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("key", help="the key's id, its name, or how its token begins")
        parser.add_argument(
            "--overlap",
            type=int,
            default=OVERLAP,
            help=f"for how many seconds the old key still works; {OVERLAP} where left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["overlap"] <= MOST:
            raise CommandError(f"--overlap must be from 0 to {MOST}.")
        key = system.key(options["slug"], options["key"])
        overlap = timedelta(seconds=options["overlap"])
        try:
            _, token = keyring.rotate(key, by=system.issuer(), now=now(), overlap=overlap)
        except WarehouseError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(token)
