"""`manage.py erase_organization SLUG --confirm SLUG`: suspends, erases, prints the receipt."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.custody import orders, receipts, waiting
from warehouse.custody.models import Errand
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

ACTOR = Actor("system", "command line")


class Command(BaseCommand):
    help = "Erase an organization and all that it owns; a worker does it. Prints the receipt."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("--confirm", required=True, metavar="SLUG", help="its slug, once more")
        parser.add_argument(
            "--users", action="store_true", help="also people who belong to nobody else"
        )
        parser.add_argument("--no-wait", action="store_true", help="print the erasure's id at once")

    def handle(self, *args: Any, **options: Any) -> None:
        errand = _asked(options["slug"], options["confirm"], users=options["users"])
        if options["no_wait"]:
            self.stdout.write(str(errand.pk))
            return
        errand = waiting.ended(errand, self.stderr.write)
        self.stdout.write(receipts.canonical(errand.receipt or {}).decode())
        self.stderr.write(f"SHA-256 of the receipt: {errand.receipt_sha256}")


def _asked(slug: str, confirmation: str, *, users: bool) -> Errand:
    if confirmation != slug:
        raise CommandError("--confirm must repeat the slug.")
    organization = Organization.objects.filter(slug=slug).first()
    if organization is not None:
        return orders.erase_organization(
            organization, confirmation=confirmation, actor=ACTOR, now=now(), users=users
        )
    broken = orders.broken_off(slug)
    if broken is None:
        raise CommandError(f"There is no organization {slug}.")
    return orders.go_on(broken, now=now())
