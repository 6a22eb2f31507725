"""BigQuery's SQL as DuckDB runs it, for what our statements hold; all else is refused loudly."""

import datetime as dt
import re

import sqlglot
from sqlglot import exp

STATEMENTS = (exp.Select, exp.Insert, exp.Delete, exp.Update, exp.Create, exp.Transaction,
              exp.Commit)  # fmt: skip
FUNCTIONS = {
    "COUNT", "SUM", "COALESCE", "MOD", "UNIX_MILLIS", "BYTE_LENGTH", "COUNT_IF", "EXISTS", "AND",
    "APPROX_DISTINCT", "OR", "CAST",
}  # fmt: skip
SKETCH = ("HLL_COUNT.INIT(", "APPROX_COUNT_DISTINCT(")
REFRESH = re.compile(r"CALL BQ\.REFRESH_MATERIALIZED_VIEW\('([\w.-]+)'\)")


class Refused(Exception):
    """The statement is none that this stand-in vouches for."""


def translated(text, values):
    """Return DuckDB's statements for a script of ours."""
    if found := REFRESH.fullmatch(text.strip().rstrip(";")):
        return [f"SELECT 1 FROM {found[1].split('.', 1)[1]} LIMIT 0"]
    try:
        trees = [tree for tree in sqlglot.parse(text.replace(*SKETCH), read="bigquery") if tree]
    except sqlglot.errors.ParseError as error:
        raise Refused(str(error)) from error
    return [_duck(tree, values) for tree in trees]


def _duck(tree, values):
    if not isinstance(tree, STATEMENTS):
        raise Refused(f"unknown statement: {tree.sql('bigquery')}")
    for one in tree.find_all(exp.Func):
        name = one.name.upper() if isinstance(one, exp.Anonymous) else one.sql_names()[0]
        if name not in FUNCTIONS and not isinstance(one, (exp.Cast, exp.Connector, exp.Exists)):
            raise Refused(f"unknown function {name}: {tree.sql('bigquery')}")
    tree = tree.transform(lambda node: _node(node, values))
    if isinstance(tree, exp.Create):
        if tree.args.get("kind") == "VIEW":
            tree.set("exists", False)
            tree.set("replace", True)
        tree.set("properties", None)
    return tree.sql("duckdb").replace("OCTET_LENGTH(", "STRLEN(")


def _node(node, values):
    if isinstance(node, exp.Parameter):
        return _literal(values[node.name])
    if isinstance(node, exp.Table):
        node.set("catalog", None)
    if isinstance(node, exp.Dot) and node.sql().upper().startswith("INIT"):
        return exp.ApproxDistinct(this=node.expression.expressions[0])
    return node


def _literal(value):
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, int):
        return exp.Literal.number(value)
    return exp.Literal.string(value)
