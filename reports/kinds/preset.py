"""Kinds that are a query in words of their own: what they have in common, made from one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reports.kinds import fields
from reports.kinds import query as query_kind
from reports.kinds.kind import Kind
from reports.kinds.parameters import body_of, flat
from warehouse.exceptions import FieldError, InvalidRequest
from warehouse.language.faults import Faults
from warehouse.language.parse import KEYS
from warehouse.language.query import Condition, Query
from warehouse.tenancy.principal import Tenant

SHARED = tuple(name for name in KEYS if name != "dimensions")
"""The fields that mean in every kind what they mean in a query."""
Conditions = Callable[[Mapping[str, Any], Faults], tuple[Condition, ...]]
Fixed = Callable[[Mapping[str, Any], Faults], dict[str, Any]]


def _none(body: Mapping[str, Any], faults: Faults) -> tuple[Condition, ...]:
    return ()


def _as_asked(body: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Preset:
    """What a kind says where its caller is silent, and what it adds to every question.

    Its rows are always by `dimensions`, then by the caller's `breakdown`. `conditions` reads the
    kind's `own` fields; so does `fixed`, which says what the query has in the place of the fields
    that stand in `instead`.
    """

    name: str
    tells: str
    metrics: tuple[str, ...]
    granularity: str | None = None
    dimensions: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    conditions: Conditions = _none
    instead: tuple[str, ...] = ()
    fixed: Fixed = _as_asked

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the body."""
        return (*self.own, "breakdown", *(name for name in SHARED if name not in self.instead))


def kind_of(preset: Preset) -> Kind:
    """Return the kind that `preset` describes."""

    def parse(body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int) -> Query:
        return _parse(preset, body, tenant, now, max_limit)

    return Kind(
        name=preset.name,
        tells=preset.tells,
        parse=parse,
        fields=preset.fields,
        parameters=lambda given: body_of(given, flat(preset.fields)),
        names={"time_range.start": "start_date", "time_range.end": "end_date"},
        by="breakdown",
    )


def _parse(
    preset: Preset, body: Mapping[str, Any], tenant: Tenant, now: datetime, max_limit: int
) -> Query:
    """Return the query behind a request; raises `InvalidRequest` naming every bad field."""
    errors = fields.unknown(body, preset.fields)
    faults = Faults()
    added, fixed = preset.conditions(body, faults), preset.fixed(body, faults)
    errors += told(faults.raise_any, {})
    found: list[Query] = []
    errors += told(
        lambda: found.append(
            query_kind.parse(
                _question(preset, body) | fixed, tenant=tenant, now=now, max_limit=max_limit
            )
        ),
        _names(preset, body),
    )
    if errors:
        raise fields.invalid(errors)
    return replace(found[0], where=(*found[0].where, *added))


def told(act: Callable[[], None], names: Mapping[str, str]) -> list[FieldError]:
    """Do `act` and return the bad fields it names, in the caller's words."""
    try:
        act()
    except InvalidRequest as exc:
        return fields.rename(exc.errors, names)
    return []


def _question(preset: Preset, body: Mapping[str, Any]) -> dict[str, Any]:
    question = {name: body[name] for name in preset.fields if name in SHARED and name in body}
    if body.get("metrics") is None:
        question["metrics"] = list(preset.metrics)
    if "granularity" not in body and "group_by" not in body:
        question["granularity"] = preset.granularity
    chosen = [] if body.get("breakdown") is None else body["breakdown"]
    several = [chosen] if isinstance(chosen, str) else chosen
    whole = isinstance(several, list)
    question["dimensions"] = [*preset.dimensions, *several] if whole else several
    return question


def _names(preset: Preset, body: Mapping[str, Any]) -> dict[str, str]:
    """Say which of the caller's fields stands behind each of the query's `dimensions`."""
    chosen, first = body.get("breakdown"), len(preset.dimensions)
    if not isinstance(chosen, list):
        return {"dimensions": "breakdown", f"dimensions[{first}]": "breakdown"}
    places = {f"dimensions[{first + at}]": f"breakdown[{at}]" for at in range(len(chosen))}
    return {"dimensions": "breakdown", **places}
