"""`manage.py catalog`: the catalog of metrics and dimensions as the page docs/catalog.md."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from warehouse.planner import offer
from warehouse.planner.rollups import ROLLUPS

PAGE = settings.BASE_DIR / "docs" / "catalog.md"
HEAD = """# Catalog

What a question may be made of; `GET /api/v1/catalog` answers the same as JSON. This page is made
by `make docs`: change `warehouse/language/metrics.py`, `warehouse/language/fields.py` or
`warehouse/planner/rollups.py` instead.
"""


class Command(BaseCommand):
    """Prints the page, or puts it where it belongs."""

    help = "Print the catalog of metrics and dimensions as Markdown."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--write`."""
        parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or print the page."""
        if options["write"]:
            PAGE.write_text(page())
        else:
            self.stdout.write(page(), ending="")


def page() -> str:
    """Return the whole page."""
    known = offer.describe()
    parts = [
        HEAD,
        "## Metrics",
        _table(("metric", "type", "unit", "what it is", "tables"), map(_metric, known["metrics"])),
        "## Dimensions",
        *(f"Of scope `{scope}`: {words}." for scope, words in offer.SCOPES.items()),
        _table(
            ("dimension", "type", "scope", "what it is", "tables"), map(_field, known["dimensions"])
        ),
        "Only in filters:",
        _table(("field", "type", "scope", "what it is", "tables"), map(_field, known["filters"])),
        "## Tables",
        "Beside `events`, which answers everything; all but `sessions` are rollups:",
        _table(("table", "seconds", "dimensions", "figures"), map(_kept, known["tables"])),
        "## What goes together",
        "\n".join(map(_rule, known["rules"])),
        "## Words of a request",
        *(f"`{name}`: {_codes(known[key])}." for name, key in WORDS),
        f"`period`: {_codes(known['periods']['names'])}, or `{known['periods']['pattern']}`.",
        _table(("type", "operators"), ((k, _codes(v)) for k, v in known["operators"].items())),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


WORDS = (
    ("granularity", "granularities"),
    ("week_start", "week_starts"),
    ("compare", "comparisons"),
)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _metric(one: dict[str, Any]) -> tuple[str, ...]:
    return f"`{one['name']}`", one["type"], one["unit"], one["definition"], _tables(one["tables"])


def _field(one: dict[str, Any]) -> tuple[str, ...]:
    return f"`{one['name']}`", one["type"], one["scope"], one["definition"], _tables(one["tables"])


def _kept(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"`{one['name']}`",
        str(one["seconds"]),
        _codes(one["dimensions"]),
        _codes(one["figures"]),
    )


def _rule(one: dict[str, Any]) -> str:
    about = f" This is about {_codes(one['names'])}." if one["names"] else ""
    return f"- {one['says']}{about}"


def _tables(names: Sequence[str]) -> str:
    """Name the tables, all rollups of them by one word."""
    rollups = [rollup.name for rollup in ROLLUPS]
    if set(rollups) <= set(names):
        return ", ".join(["every rollup", *(f"`{n}`" for n in names if n not in rollups)])
    return _codes(names)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"
