"""Imports a file of events into an organization: `import_events SLUG FILE`."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from enrichment import importing
from enrichment.importers import READERS, files
from warehouse.clock import now
from warehouse.env import ENV
from warehouse.tenancy.models import Organization


class Command(BaseCommand):
    help = (
        "Import a file of events (gzip or zstd by its ending, - for standard input). It needs no "
        "running service: events are committed and stored as soon as a worker runs. Repeating an "
        "import within 24 hours adds nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the organization")
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--format", choices=list(READERS), help="default: by the file's name")
        parser.add_argument(
            "--rejected", type=Path, help="where rejected rows go (default: in the data folder)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["slug"]).first()
        if organization is None:
            raise CommandError(
                f"There is no organization {options['slug']!r}; "
                f"make it with: manage.py create_organization {options['slug']}"
            )
        self._accepted = 0
        kind = options["format"] or files.format_of(options["file"])
        if options["file"] != files.STANDARD_INPUT and not Path(options["file"]).exists():
            raise CommandError(f"There is no file {options['file']}.")
        if kind is None:
            raise CommandError(f"Say the format: --format {'|'.join(READERS)}")
        try:
            with files.opened(options["file"], sys.stdin.buffer) as source:
                self._import(source, organization, kind, options["rejected"])
        except files.BROKEN as error:
            raise CommandError(
                f"{options['file']}: {error} (events accepted before that: {self._accepted})"
            ) from error

    def _import(
        self, source: files.Source, organization: Organization, kind: str, rejected: Path | None
    ) -> None:
        path = rejected or ENV.var / "rejected" / f"{organization.slug}-{source.digest[:12]}.ndjson"
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = importing.Aside(path)
        with tqdm(
            total=source.size, unit="B", unit_scale=True, disable=None, file=sys.stderr
        ) as bar:
            tally = importing.run(
                READERS[kind](source.plain),
                digest=source.digest,
                tenant=organization.as_tenant(),
                aside=aside,
                clock=now,
                advance=lambda tally: self._advance(bar, source, tally),
            )
        self.stdout.write(
            f"accepted {tally.accepted} events, rejected {tally.rejected}; "
            "accepted events are stored as soon as a worker runs"
        )
        if tally.rejected:
            self.stdout.write(f"rejected rows with reasons: {path}")
        if tally.rejected and not tally.accepted:
            raise CommandError(f"{source.name}: no row of it is an event; is its format {kind}?")

    def _advance(self, bar: "tqdm[Any]", source: files.Source, tally: importing.Tally) -> None:
        self._accepted = tally.accepted
        bar.update(min(source.raw.tell(), source.size) - bar.n)
