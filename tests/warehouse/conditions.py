"""Filters in plain Python: which are about metrics, and what fulfils them."""

from decimal import Decimal

from warehouse.language.metrics import METRICS

EQUAL = {"eq": lambda found, v: found == v[0], "in": lambda found, v: found in v}
ORDERED = {
    "gt": lambda found, v: found > v[0],
    "gte": lambda found, v: found >= v[0],
    "lt": lambda found, v: found < v[0],
    "lte": lambda found, v: found <= v[0],
    "between": lambda found, v: v[0] <= found <= v[1],
}
TEXT = {
    "contains": lambda found, v: v[0] in found,
    "starts_with": lambda found, v: found.startswith(v[0]),
    "ends_with": lambda found, v: found.endswith(v[0]),
}
POSITIVE = EQUAL | ORDERED | TEXT
NEGATIVE = {"ne": "eq", "not_in": "in", "not_contains": "contains"}


def wheres(body):
    return [one for one in body.get("filters", []) if not about_metrics(one)]


def havings(body):
    return [one for one in body.get("filters", []) if about_metrics(one)]


def about_metrics(condition):
    if "field" in condition:
        return condition["field"] in METRICS
    inner = condition.get("and") or condition.get("or") or [condition.get("not")]
    return about_metrics(inner[0])


def holds(condition, subject, value_of):
    if "and" in condition:
        return all(holds(one, subject, value_of) for one in condition["and"])
    if "or" in condition:
        return any(holds(one, subject, value_of) for one in condition["or"])
    if "not" in condition:
        return not holds(condition["not"], subject, value_of)
    return compare(condition, value_of(subject, condition["field"]))


def compare(leaf, found):
    operator = leaf["operator"]
    if operator == "is_null":
        return found is None
    if operator == "is_not_null":
        return found is not None
    values = leaf["values"] if "values" in leaf else [leaf["value"]]
    if operator in NEGATIVE:
        return not compare(leaf | {"operator": NEGATIVE[operator]}, found)
    if found is None:
        return False
    if isinstance(values[0], int | float) and isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            return False
    if isinstance(found, Decimal):
        values = [Decimal(str(value)) for value in values]
    return POSITIVE[operator](found, values)
