"""`manage.py prepare`: brings an installation's database, static files and first login up to date.

`make run` calls it at every start; what is already there is left alone.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from warehouse.env import ENV
from warehouse.ops import preparation, roles


class Command(BaseCommand):
    help = "Migrate, gather static files when they changed, create the first login once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", help="make this organization too, if it is absent")

    def handle(self, *args: Any, **options: Any) -> None:
        slug: str | None = options["organization"]
        call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
        self._gather_static(Path(settings.STATIC_ROOT))
        roles.sync()
        login = preparation.ensure_login(ENV.var)
        if slug:
            preparation.ensure_organization(slug, slug.replace("-", " ").capitalize())
        self.stdout.write(f"prepared: organization {slug or login['organization']}")

    def _gather_static(self, root: Path) -> None:
        mark = root.parent / "static-fingerprint"
        fingerprint = preparation.static_fingerprint()
        if root.exists() and mark.exists() and mark.read_text() == fingerprint:
            return
        # One browser page of the API is enough; the other one's assets are large.
        ignored = ["redoc"]
        call_command(
            "collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=ignored
        )
        mark.write_text(fingerprint)
        self.stdout.write("gathered static files")
