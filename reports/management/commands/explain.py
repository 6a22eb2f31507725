"""`manage.py explain FILE`: how a question would be answered, and what that takes; runs nothing."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError

from reports import limits, pace
from reports.kinds import KINDS
from warehouse import estimates
from warehouse.answer import rfc3339
from warehouse.clock import now
from warehouse.computation import compiled
from warehouse.estimates import Estimate
from warehouse.exceptions import InvalidRequest
from warehouse.language.query import Query, Window
from warehouse.planner.plan import Plan
from warehouse.sql.statement import Statement
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Tenant

NOBODY = Tenant(id=str(UUID(int=0)), slug="nobody")


class Command(BaseCommand):
    help = (
        "Tell how a request's JSON would be answered: tables, window, estimate, SQL. Runs nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the JSON of a request, or - for standard input")
        parser.add_argument("--organization", help="who asks (its slug); default: nobody")
        parser.add_argument("--kind", choices=list(KINDS), default="query")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant, body = _tenant(options["organization"]), _body(options["file"])
        kind = KINDS[options["kind"]]
        try:
            query = kind.parse(body, tenant=tenant, now=now(), max_limit=limits.EXPORT_ROWS)
        except InvalidRequest as refused:
            bad = [f"  {error.field}: {error.detail}" for error in refused.errors]
            raise CommandError("\n".join(["The request is not valid:", *bad])) from refused
        for line in explained(query, tenant):
            self.stdout.write(line)


def explained(query: Query, tenant: Tenant) -> Iterator[str]:
    """Yield the lines that explain `query`."""
    found = estimates.of(query)
    yield from _part("Question", _question(query, tenant))
    yield from _part("Tables", _tables(found.plan))
    yield from _part(
        "Columns", (f"{one.name:<32} {one.kind:<8} {one.role}" for one in found.plan.columns)
    )
    yield from _part("Estimate", _estimate(found, tenant))
    yield from _statement("SQL", compiled(query)[1])
    if query.totals:
        yield from _statement("SQL of the totals", compiled(query.in_total())[1])


def _question(query: Query, tenant: Tenant) -> Iterator[str]:
    yield f"asked by      {tenant.slug}"
    yield f"window        {_span(query.window, query.timezone)}"
    if query.previous:
        yield f"compared with {_span(query.previous, query.timezone)}"
    yield f"time zone     {query.timezone}"


def _tables(plan: Plan) -> Iterator[str]:
    yield f"read: {plan.table}"
    for verdict in plan.verdicts:
        yield f"{'taken ' if verdict.taken else 'passed'} {verdict.table:<16} {verdict.why}"


def _estimate(found: Estimate, tenant: Tenant) -> Iterator[str]:
    seconds = found.seconds(pace.rows_a_second())
    yield f"{found.rows:,} rows, {found.bytes:,} bytes, {seconds} s"
    if found.exact is not True:
        yield f"not exact: {orjson.dumps(found.exact).decode()}"
    for name in found.unknown:
        yield f"nobody has looked yet how large {name} is: taken to be as many rows as events"
    if tenant.rows_per_query is not None:
        allowed = found.rows <= tenant.rows_per_query
        verdict = "allowed" if allowed else "refused"
        yield f"{verdict}: {tenant.slug} may read {tenant.rows_per_query:,} rows at a time"


def _statement(title: str, statement: Statement) -> Iterator[str]:
    yield from _part(title, statement.text.splitlines())
    values = statement.parameters.items()
    yield from _part("Parameters", (f"{name:<4} {value!r}" for name, value in values))


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield title
    yield from (f"  {line}" for line in lines)
    yield ""


def _span(window: Window, zone: str) -> str:
    return f"{rfc3339(window.start, zone)} to {rfc3339(window.end, zone)}"


def _tenant(slug: str | None) -> Tenant:
    if slug is None:
        return NOBODY
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(f"There is no organization {slug!r}.")
    return organization.as_tenant()


def _body(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        body = orjson.loads(text)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise CommandError(f"This is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise CommandError("The request must be a JSON object.")
    return body
