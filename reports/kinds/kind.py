"""What a report kind is: how its request is read and which engine doors answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from warehouse import engine
from warehouse.language.query import Query
from warehouse.tenancy.principal import REPORT_SECONDS, Tenant


class Parse(Protocol):
    """Reads a JSON body into a query, or raises `InvalidRequest` naming every bad field."""

    def __call__(
        self, body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int
    ) -> Query:
        """Return the resolved query."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report, which `tells` what those words say.

    `parameters` turns flat GET parameters (each name with its values) into the body `parse`
    takes; a kind without it is POST only. `names` says which parameter a body's field came from,
    so that errors speak of what the caller wrote; `by` is the body's field that holds dimensions.
    No run of it may take longer than `seconds`.
    """

    name: str
    tells: str
    parse: Parse
    fields: tuple[str, ...]
    parameters: Callable[[Mapping[str, list[str]]], dict[str, Any]] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    by: str = "dimensions"
    seconds: int = REPORT_SECONDS
    compute: Callable[..., engine.Computation] = engine.compute
    lookup: Callable[..., engine.Answer | None] = engine.lookup
