"""Reads filters: nested and/or/not over comparisons of event fields and of metrics.

An absent value equals nothing and is in no list: `eq`, `in`, order and text operators do not
match it; `ne`, `not_in`, `not_contains` and `is_null` do, and `not` is the exact opposite of
what it negates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from warehouse.language import catalog, patterns, values
from warehouse.language.faults import Faults
from warehouse.language.query import Condition, Group, Leaf, leaves

DEPTH = 5
MOST_LEAVES = 100
JOINTS = ("and", "or", "not")
LEAF_KEYS = ("field", "operator", "value", "values")


@dataclass(slots=True)
class Filters:
    """The two halves of a request's filters: about events, and about metrics."""

    where: list[Condition] = field(default_factory=list)
    having: list[Condition] = field(default_factory=list)


@dataclass(slots=True)
class Parser:
    """Reads one request's filters into conditions, noting faults by path."""

    zone: str
    faults: Faults
    leaves: int = 0

    def parse(self, body: object, at: str = "filters") -> Filters:
        """Return the filters that stand `at` a path; a list of them means `and`."""
        filters = Filters()
        body = [] if body is None else body
        members = body if isinstance(body, list) else [body]
        for index, member in enumerate(members):
            path = f"{at}[{index}]" if isinstance(body, list) else at
            condition = self._condition(member, path, 1)
            if condition is not None:
                self._sort(condition, path, filters)
        return filters

    def _sort(self, condition: Condition, path: str, filters: Filters) -> None:
        """Put a condition where it belongs; an `and` of both kinds is taken apart."""
        kinds = {leaf.field in catalog.METRICS for leaf in leaves(condition)}
        if isinstance(condition, Group) and condition.joint == "and" and len(kinds) > 1:
            for member in condition.members:
                self._sort(member, path, filters)
        elif len(kinds) > 1:
            detail = "Metrics and event fields cannot share an `or` or a `not`."
            self.faults.add(path, "mixed", detail)
        elif kinds:
            (filters.having if kinds.pop() else filters.where).append(condition)

    def _condition(self, body: object, path: str, depth: int) -> Condition | None:
        if not isinstance(body, Mapping):
            self.faults.add(path, "invalid", "Must be an object: a comparison, and, or, not.")
            return None
        joint = next((name for name in JOINTS if name in body), None)
        if joint is None:
            return self._leaf(body, path)
        if len(body) > 1:
            self.faults.add(path, "invalid", f"`{joint}` must stand alone in its object.")
            return None
        if depth > DEPTH:
            self.faults.add(path, "too-deep", f"Filters nest at most {DEPTH} deep.")
            return None
        return self._group(joint, body[joint], f"{path}.{joint}", depth)

    def _group(self, joint: str, body: object, path: str, depth: int) -> Condition | None:
        if joint == "not":
            member = self._condition(body, path, depth + 1)
            return Group("not", (member,)) if member else None
        if not isinstance(body, list) or not body:
            self.faults.add(path, "invalid", "Must be a list with at least one filter.")
            return None
        members = [
            self._condition(member, f"{path}[{index}]", depth + 1)
            for index, member in enumerate(body)
        ]
        return Group(joint, tuple(member for member in members if member is not None))

    def _leaf(self, body: Mapping[str, Any], path: str) -> Leaf | None:
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            if self.leaves == MOST_LEAVES + 1:
                self.faults.add("filters", "too-many", f"At most {MOST_LEAVES} comparisons.")
            return None
        for name in sorted(set(map(str, body)) - set(LEAF_KEYS)):
            self.faults.unknown(f"{path}.{name}", name, (*LEAF_KEYS, *JOINTS))
        kind = self._kind(body.get("field"), path)
        operator = self._operator(body.get("operator"), path, kind)
        if kind is None or operator is None:
            return None
        found = self._values(body, operator, kind, path)
        return None if found is None else Leaf(body["field"], operator, tuple(found))

    def _kind(self, name: object, path: str) -> str | None:
        """Return a field's kind; a name that is both a metric and a column means the metric."""
        metric = catalog.METRICS.get(name) if isinstance(name, str) else None
        found = metric or (catalog.field(name) if isinstance(name, str) else None)
        if name is None:
            self.faults.add(f"{path}.field", "required", "Say which field is compared.")
        elif found is None:
            self.faults.unknown(f"{path}.field", name, catalog.FIELDS | catalog.METRICS)
        return found.kind if found else None

    def _operator(self, name: object, path: str, kind: str | None) -> str | None:
        if name is None:
            self.faults.add(f"{path}.operator", "required", "Say how the field is compared.")
        elif not isinstance(name, str) or name not in values.OPERATORS:
            self.faults.unknown(f"{path}.operator", name, values.OPERATORS)
        elif kind is not None and name not in values.BY_KIND[kind]:
            allowed = ", ".join(sorted(values.BY_KIND[kind]))
            detail = f"{name} does not suit this field, which takes {allowed}."
            self.faults.add(f"{path}.operator", "unsuitable", detail)
        else:
            return name
        return None

    def _values(
        self, body: Mapping[str, Any], operator: str, kind: str, path: str
    ) -> list[Any] | None:
        least, most = values.COUNTS.get(operator, (1, 1))
        name = "values" if "values" in body else "value"
        given = body.get(name)
        if "value" in body and "values" in body:
            self.faults.add(f"{path}.values", "conflict", "Give either value or values.")
            return None
        several = given if isinstance(given, list) else [given] * (given is not None)
        if not least <= len(several) <= most:
            wanted = {(0, 0): "no value", (1, 1): "one value"}.get((least, most))
            detail = f"{operator} takes {wanted or f'{least} to {most} values in a list'}."
            self.faults.add(f"{path}.{name}", "count", detail)
            return None
        found = self._read_all(several, kind, f"{path}.{name}")
        if operator == "matches" and found and patterns.steps(str(found[0])) > patterns.MOST_STEPS:
            detail = "This pattern would be too slow: make it shorter or repeat less."
            self.faults.add(f"{path}.{name}", "too-complex", detail)
        return found

    def _read_all(self, several: list[Any], kind: str, path: str) -> list[Any] | None:
        single = len(several) == 1
        found = [
            values.read(
                kind,
                value,
                values.Reading(path if single else f"{path}[{index}]", self.zone, self.faults),
            )
            for index, value in enumerate(several)
        ]
        return None if any(value is None for value in found) else found
