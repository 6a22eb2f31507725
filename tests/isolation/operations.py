"""Every operation of the OpenAPI document, with what it takes to call it."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from tests.isolation.world import BODIES
from warehouse.gateway.openapi import _document

JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    parameters: tuple[str, ...]
    body: Any
    open: bool

    def __str__(self):
        return self.name


@cache
def operations():
    """Return the operations, those that take something away last."""
    document = json.loads(_document(settings.ROOT_URLCONF)[0])
    found = [
        _operation(path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return sorted(found, key=lambda one: one.method == "delete")


def of(*methods, named=None):
    """Return the operations of these methods that ask for a caller; `named`: with ids, or not."""
    return [
        one
        for one in operations()
        if one.method in methods and not one.open and named in (None, bool(one.parameters))
    ]


EVERY = ("get", "post", "put", "patch", "delete")


def _operation(path, method, described):
    name = described["operationId"]
    parameters = described.get("parameters", [])
    return Operation(
        name=name,
        method=method,
        path=path,
        parameters=tuple(one["name"] for one in parameters if one["in"] == "path"),
        body=_body(name, described),
        open={} in described.get("security", [{}]) or not described.get("security"),
    )


def _body(name, described):
    taken = described.get("requestBody", {}).get("content", {})
    if not taken or name in BODIES:
        return BODIES.get(name)
    shown = list(taken.get(JSON, {}).get("examples", {}).values())
    if shown:
        return shown[0]["value"]
    if taken.get(JSON, {}).get("schema", {}).get("required"):
        raise AssertionError(
            f"The operation {name} shows no example of its body: give it one in the document,"
            " or in BODIES of tests/isolation/world.py."
        )
    return {}
