"""`manage.py create_api_key SLUG --name N [--scope S]…`: prints the token alone."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.tenancy import keys
from warehouse.tenancy.models import Organization
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
        parser.add_argument("--days", type=int, help="expires after that many days")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["slug"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['slug']}.")
        if not 1 <= len(options["name"]) <= 100:
            raise CommandError("--name must have 1 to 100 characters.")
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be at least 1.")
        _, token = keys.issue(
            organization,
            name=options["name"],
            scopes=options["scopes"] or USUAL_SCOPES,
            expires_at=None if days is None else now() + timedelta(days=days),
        )
        self.stdout.write(token)
