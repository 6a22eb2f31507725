"""`manage.py create_organization SLUG [--name …] [--timezone …]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from warehouse.tenancy.models import Organization


class Command(BaseCommand):
    help = "Create an organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name: letters, digits, hyphens, underscores")
        parser.add_argument("--name", help="full name; the slug where left out")
        parser.add_argument("--timezone", default="UTC", help="IANA name; UTC where left out")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code; USD where left out")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization(
            slug=options["slug"],
            name=options["name"] or options["slug"],
            timezone=options["timezone"],
            currency=options["currency"],
        )
        try:
            organization.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        organization.save()
        self.stdout.write(f"Created the organization {organization.slug}.")
