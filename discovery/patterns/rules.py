"""Rules: what a pattern's events have in common, and how the filter language says it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from warehouse.language.query import Condition
from warehouse.language.studies.discovery import CAMPAIGN, HOUR
from warehouse.language.values import LONGEST_TEXT
from warehouse.language.written import written

Value = str | int


@dataclass(frozen=True, slots=True)
class Term:
    """A field that has one of these values; '' stands for an absent one."""

    field: str
    values: tuple[Value, ...]


Rule = tuple[Term, ...]
Filter = Mapping[str, Any]


def filters(asked: Iterable[Condition], rule: Rule, *, include_bots: bool) -> list[Filter]:
    """Return the rule as filters, behind those that were asked for.

    They say themselves that campaigns, and bots, are left out: they mean the same wherever asked.
    """
    found = [written(one) for one in asked]
    found.append({"field": CAMPAIGN, "operator": "is_null"})
    if not include_bots:
        found.append({"field": "is_bot", "operator": "eq", "value": False})
    return [*found, *map(_filter, rule)]


def sayable(rule: Rule) -> bool:
    """Tell whether filters, and every database, can hold the rule's values."""
    texts = (value for term in rule for value in term.values if isinstance(value, str))
    return all(len(text) <= LONGEST_TEXT and "\0" not in text for text in texts)


def may_meet(one: Rule, other: Rule) -> bool:
    """Tell whether an event could fulfil both rules: no field of both is without a shared value."""
    known = {term.field: term.values for term in one}
    return all(set(known.get(term.field, term.values)) & set(term.values) for term in other)


def _filter(term: Term) -> Filter:
    known = [value for value in term.values if value != ""]
    absent: Filter = {"field": term.field, "operator": "is_null"}
    if not known:
        return absent
    if len(known) > 1 and term.field == HOUR:
        return _hours([int(hour) for hour in known])
    single: Filter = {"field": term.field, "operator": "eq", "value": known[0]}
    several: Filter = {"field": term.field, "operator": "in", "values": known}
    present = single if len(known) == 1 else several
    return present if len(known) == len(term.values) else {"or": [present, absent]}


def _hours(hours: list[int]) -> Filter:
    """Return the shorter of the two ways to say it; hours may go on past midnight."""
    if sorted(hours) == list(range(min(hours), max(hours) + 1)):
        return {"field": HOUR, "operator": "between", "values": [min(hours), max(hours)]}
    return {"field": HOUR, "operator": "in", "values": hours}
