"""`manage.py create_api_key SLUG --name N [--scope S]… [--public]`: prints the token alone."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.exceptions import WarehouseError
from warehouse.tenancy import keyring
from warehouse.tenancy.management import system
from warehouse.tenancy.principal import SCOPES

USUAL_SCOPES = tuple(scope for scope in SCOPES if scope != "organization:admin")


class Command(BaseCommand):
    help = "Issue an API key and print its token, which cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(SCOPES),
            dest="scopes",
            help=f"may be repeated; where left out: {', '.join(USUAL_SCOPES)}",
        )
        parser.add_argument(
            "--public", action="store_true", help="for pages: it can send events and nothing else"
        )
        parser.add_argument("--days", type=int, help="expires after that many days")

    def handle(self, *args: Any, **options: Any) -> None:
        organization, days, at = system.organization(options["slug"]), options["days"], now()
        if days is not None and days < 1:
            raise CommandError("--days must be at least 1.")
        usual = keyring.PUBLIC_SCOPES if options["public"] else USUAL_SCOPES
        wish = keyring.Wish(
            name=options["name"],
            scopes=frozenset(options["scopes"] or usual),
            kind="public" if options["public"] else "secret",
            expires_at=None if days is None else at + timedelta(days=days),
        )
        try:
            _, token = keyring.create(organization.pk, wish, by=system.issuer(), now=at)
        except WarehouseError as error:
            said = [f"{one.field}: {one.detail}" for one in error.errors] or [error.detail]
            raise CommandError(" ".join(said)) from error
        self.stdout.write(token)
