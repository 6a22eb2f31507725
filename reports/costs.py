"""What a question would read, and the refusal of one that reads more than its asker may."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reports import alternatives, limits
from reports.alternatives import Asked
from reports.kinds import Kind
from warehouse import estimates
from warehouse.estimates import Estimate
from warehouse.exceptions import QueryTooExpensive
from warehouse.language.query import Query
from warehouse.tenancy.principal import Tenant


def weigh(
    kind: Kind,
    body: Mapping[str, Any],
    query: Query,
    *,
    tenant: Tenant,
    now: datetime,
    max_limit: int,
) -> tuple[Estimate, list[dict[str, Any]]]:
    """Return what `query` will take, and what else may be asked if that is more than allowed."""
    known = estimates.known(query)
    found = estimates.estimate(query, known)
    most_rows = tenant.rows_per_query
    if most_rows is None or found.rows <= most_rows:
        return found, []
    asked = Asked(kind, body, tenant, now, max_limit, most_rows, known)
    return found, alternatives.of(asked, query)


def check(
    kind: Kind,
    body: Mapping[str, Any],
    query: Query,
    *,
    tenant: Tenant,
    now: datetime,
    max_limit: int,
) -> None:
    """Raise `QueryTooExpensive` if `query` would read more rows than the organization may."""
    if tenant.rows_per_query is None:
        return
    found, cheaper = weigh(kind, body, query, tenant=tenant, now=now, max_limit=max_limit)
    if found.rows > tenant.rows_per_query:
        detail = (
            f"This question would read about {found.rows:,} rows; the organization may read "
            f"{tenant.rows_per_query:,} at a time. "
        )
        if found.unknown:
            names = ", ".join(found.unknown)
            detail += f"How large {names} is has not been looked up yet: it counts as events. "
        advice = "See `alternatives` for what fits." if cheaper else "Ask about less."
        raise QueryTooExpensive(
            detail + advice,
            retry_after=limits.TOO_EXPENSIVE_SECONDS,
            more={"alternatives": cheaper},
        )
