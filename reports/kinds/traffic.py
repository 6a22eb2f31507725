"""The kind `traffic`: the usual metrics over time, in total or broken down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reports.kinds import fields
from reports.kinds.kind import Kind
from reports.kinds.parameters import body_of
from warehouse.exceptions import InvalidRequest
from warehouse.language.parse import parse_query
from warehouse.language.query import Query
from warehouse.tenancy.principal import Tenant

FIELDS = (
    "time_range",
    "period",
    "timezone",
    "granularity",
    "group_by",
    "metrics",
    "breakdown",
    "filters",
    "include_bots",
    "order_by",
    "limit",
    "offset",
)
METRICS = ("visitors", "sessions", "page_views", "events", "clicks", "conversions", "revenue")
PARAMETERS = (
    "start_date",
    "end_date",
    *(name for name in FIELDS if name != "time_range"),
)


def parse(body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int) -> Query:
    """Return the query behind a traffic request; raises `InvalidRequest` naming every bad field."""
    strange = fields.unknown(body, FIELDS)
    try:
        query = parse_query(
            _question(body),
            organization=tenant.id,
            slug=tenant.slug,
            timezone=tenant.timezone,
            now=now,
            max_limit=max_limit,
        )
    except InvalidRequest as exc:
        bad = fields.rename(exc.errors, _names(body))
        raise fields.invalid([*strange, *bad]) from exc
    if strange:
        raise fields.invalid(strange)
    return query


def parameters(given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the body that flat GET parameters stand for."""
    return body_of(given, PARAMETERS)


def _question(body: Mapping[str, Any]) -> dict[str, Any]:
    question = {name: body[name] for name in FIELDS if name in body and name != "breakdown"}
    question.setdefault("metrics", list(METRICS))
    if "granularity" not in body and "group_by" not in body:
        question["granularity"] = "day"
    if body.get("breakdown") is not None:
        chosen = body["breakdown"]
        question["dimensions"] = [chosen] if isinstance(chosen, str) else chosen
    return question


def _names(body: Mapping[str, Any]) -> dict[str, str]:
    """Say which of the caller's fields stands behind the query's `dimensions`."""
    single = isinstance(body.get("breakdown"), str)
    return {"dimensions": "breakdown", **({"dimensions[0]": "breakdown"} if single else {})}


TRAFFIC = Kind(
    name="traffic",
    parse=parse,
    fields=FIELDS,
    parameters=parameters,
    names={"time_range.start": "start_date", "time_range.end": "end_date"},
)
