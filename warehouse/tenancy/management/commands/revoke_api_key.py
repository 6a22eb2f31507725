"""`manage.py revoke_api_key SLUG KEY`: a key is refused everywhere within five seconds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from warehouse.clock import now
from warehouse.tenancy import keyring
from warehouse.tenancy.management import system


class Command(BaseCommand):
    help = "Revoke an API key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("key", help="the key's id, its name, or how its token begins")

    def handle(self, *args: Any, **options: Any) -> None:
        key = system.key(options["slug"], options["key"])
        keyring.revoke(key, by=system.issuer(), now=now())
        self.stdout.write(f"Revoked {key}.")
