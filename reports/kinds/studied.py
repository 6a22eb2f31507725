"""Kinds that are a study of histories: the fields they share, and how theirs are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reports.kinds import fields
from reports.kinds import query as query_kind
from reports.kinds.kind import Kind
from reports.kinds.parameters import body_of, flat
from reports.kinds.preset import told
from warehouse.language.body import Body
from warehouse.language.parse import NO_WINDOW
from warehouse.language.query import Query
from warehouse.language.study import Study
from warehouse.tenancy.principal import Tenant

RANGE = ("time_range", "period")
SHARED = ("timezone", "filters", "include_bots", "sample", "limit", "offset")
Read = Callable[[Body, Query, datetime], Study]


@dataclass(frozen=True, slots=True)
class Studied:
    """What a kind is asked: its `own` fields, and those of a query that mean the same in it.

    `read` makes the study of a body, beside the query of its shared fields. Where those are not
    valid the query has no window (`NO_WINDOW`), and only what else is wrong is wanted.
    An answer that is not broken down has `rows` and comes whole unless the caller sets a limit.
    """

    name: str
    tells: str
    own: tuple[str, ...]
    read: Read
    shared: tuple[str, ...] = (*RANGE, *SHARED)
    breakdown: bool = True
    rows: Callable[[Query], int] = lambda _: 0

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the body."""
        return (*self.own, *(("breakdown",) if self.breakdown else ()), *self.shared)


def kind_of(studied: Studied) -> Kind:
    """Return the kind that `studied` describes."""

    def parse(body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int) -> Query:
        return _parse(studied, body, tenant, now, max_limit)

    return Kind(
        name=studied.name,
        tells=studied.tells,
        parse=parse,
        fields=studied.fields,
        parameters=lambda given: body_of(given, flat(studied.fields)),
        names={"time_range.start": "start_date", "time_range.end": "end_date"},
        by="breakdown",
    )


def _parse(
    studied: Studied, given: Mapping[str, Any], tenant: Tenant, now: datetime, max_limit: int
) -> Query:
    """Return the query behind a request; raises `InvalidRequest` naming every bad field."""
    body = Body(given)
    errors = fields.unknown(given, studied.fields)
    found = [Query(tenant.id, NO_WINDOW, tenant.timezone, ())]
    asked = {name: given[name] for name in studied.shared if given.get(name) is not None}
    first = "breakdown" if isinstance(given.get("breakdown"), str) else "breakdown[0]"
    if studied.breakdown:
        asked["dimensions"] = given.get("breakdown")
    errors += told(
        lambda: found.append(query_kind.parse(asked, tenant=tenant, now=now, max_limit=max_limit)),
        {"dimensions": "breakdown", "dimensions[0]": first},
    )
    query = found[-1]
    if query.having:
        detail = "A study has no metrics to compare; filter by event fields."
        body.faults.add("filters", "unsuitable", detail)
    study = studied.read(body, query, now)
    errors += told(body.faults.raise_any, {})
    if errors:
        raise fields.invalid(errors)
    whole = replace(query, metrics=(), study=study)
    if given.get("limit") is None and not query.dimensions:
        return replace(whole, limit=min(max_limit, max(query.limit, studied.rows(whole))))
    return whole
