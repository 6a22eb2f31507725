"""`manage.py forget_copies PROJECT.DATASET`: says that a dataset with copies was deleted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from warehouse.copying.models import CopiedDay, Copy
from warehouse.env import ENV


class Command(BaseCommand):
    help = "Say that a dataset was deleted in BigQuery, so that erasures need not look there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", metavar="PROJECT.DATASET")

    def handle(self, *args: Any, **options: Any) -> None:
        place = options["place"]
        if place == str(ENV.bigquery):
            raise CommandError(f"{place} is in use: TRELLIS_BIGQUERY_URL names it")
        with transaction.atomic():
            days, _ = CopiedDay.objects.filter(place=place).delete()
            copies, _ = Copy.objects.filter(place=place).delete()
        if not copies:
            raise CommandError(f"nothing was copied to {place}")
        self.stdout.write(f"forgot {copies} copies with {days} days in {place}")
