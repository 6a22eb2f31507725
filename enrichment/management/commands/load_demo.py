"""Loads invented traffic into the organization of a token: `load_demo --url URL --token TOKEN`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from enrichment.demo import loading
from warehouse.clock import now


class Command(BaseCommand):
    help = (
        "Invent the traffic of a web shop (seeded: the same seed, the same story) and post it "
        "through POST /api/v1/events. Repeating it within 24 hours adds only what is new."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url", required=True, help="the service, such as http://127.0.0.1:8000"
        )
        parser.add_argument("--token", required=True, help="a token with the scope events:write")
        parser.add_argument("--days", type=int, default=30, help="how many days, ending now")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another story")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= 366:
            raise CommandError("--days must be from 1 to 366")
        with tqdm(unit=" events", disable=None, file=sys.stderr) as bar:
            try:
                total = loading.load(
                    options["url"],
                    options["token"],
                    end=now(),
                    days=options["days"],
                    seed=options["seed"],
                    done=lambda count: self._progress(bar, count),
                )
            except loading.Refused as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"posted {total} events of {options['days']} days")

    def _progress(self, bar: "tqdm[Any]", count: int) -> None:
        """Show the bar on a terminal, a line where the output is a file or a pipe."""
        bar.update(count)
        if bar.disable:
            self._posted = getattr(self, "_posted", 0) + count
            self.stdout.write(f"posted {self._posted} events so far")
            self.stdout.flush()
