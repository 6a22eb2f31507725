"""`manage.py export_organization SLUG FILE`: an archive of all that an organization owns."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.custody import orders, shelf, waiting
from warehouse.custody.models import Errand
from warehouse.exceptions import LimitExceeded
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

ACTOR = Actor("system", "command line")


class Command(BaseCommand):
    help = "Write everything an organization owns to a ZIP file; a worker makes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("file", help="where to write the archive; - for standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["slug"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['slug']}.")
        try:
            errand = orders.take_out(organization, actor=ACTOR, now=now())
        except LimitExceeded as error:
            raise CommandError(error.detail) from None
        errand = waiting.ended(errand, self.stderr.write)
        if options["file"] == "-":
            _copy(errand, sys.stdout.buffer)
        else:
            with Path(options["file"]).open("wb") as file:
                _copy(errand, file)
        rows = sum(one["rows"] for one in (errand.receipt or {})["files"])
        self.stderr.write(f"{rows:,} rows, {errand.file_bytes:,} bytes, {errand.file_sha256}")


def _copy(errand: Errand, file: IO[bytes]) -> None:
    for chunk in shelf.shelf().stream(errand.file_name, 0, errand.file_bytes or 0):
        file.write(chunk)
