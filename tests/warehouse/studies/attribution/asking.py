"""Asks the real engine for a kind of report about May 2024, as the tests of this folder do."""

from tests.warehouse.studies import asking
from tests.warehouse.studies.asking import study as parsed
from tests.warehouse.studies.asking import table

__all__ = ["ask", "credits_of", "parsed", "table"]


def ask(kind, clickhouse, organization, **body):
    """Return the parsed answer to `body`."""
    return asking.ask(clickhouse, kind, organization, **body)


def credits_of(answer):
    """Return conversions and revenue by model and value."""
    return {(row[1], row[0]): (row[2], row[3]) for row in answer["rows"]}
