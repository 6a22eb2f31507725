"""The kind `query`: any metrics by any dimensions, as the caller wrote them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reports.kinds.kind import Kind
from warehouse.language.parse import KEYS, parse_query
from warehouse.language.query import Query
from warehouse.tenancy.principal import Tenant


def parse(body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int) -> Query:
    """Return the query a body asks for; raises `InvalidRequest` naming every bad field.

    What the body leaves open is as the organization has set it.
    """
    usual = {"week_start": tenant.week_start, "include_bots": not tenant.bot_filter}
    left = {name: value for name, value in usual.items() if body.get(name) is None}
    return parse_query(
        {**body, **left},
        organization=tenant.id,
        slug=tenant.slug,
        timezone=tenant.timezone,
        now=now,
        max_limit=max_limit,
    )


QUERY = Kind(name="query", tells="any metrics by any dimensions", parse=parse, fields=KEYS)
