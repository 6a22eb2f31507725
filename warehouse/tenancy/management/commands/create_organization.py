"""`manage.py create_organization SLUG [--name …] [--timezone …] [--owner …]`."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from warehouse.clock import now
from warehouse.tenancy.management import system
from warehouse.tenancy.models import Membership, Organization


class Command(BaseCommand):
    help = "Create an organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name: letters, digits, hyphens, underscores")
        parser.add_argument("--name", help="full name; the slug where left out")
        parser.add_argument("--timezone", default="UTC", help="IANA name; UTC where left out")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code; USD where left out")
        parser.add_argument("--owner", help="user who sees it on the start page, as its owner")

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
        with transaction.atomic():
            organization.save()
            if options["owner"]:
                _add_owner(organization, options["owner"])
            system.record_creation(organization, owner=options["owner"], now=now())
        self.stdout.write(f"Created the organization {organization.slug}.")


def _add_owner(organization: Organization, username: str) -> None:
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user {username}.")
    Membership.objects.create(user=user, organization=organization, role="owner")
