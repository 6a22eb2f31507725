"""Requests a second: a cached answer, an empty view behind the same gateway, a bare view."""

import json
from contextlib import ExitStack

import httpx

from tests.benchmarks import children
from tests.benchmarks.figures import Ratio, say, show
from tests.benchmarks.load import Load, request

ROUNDS = 4
SECONDS = 3
QUESTION = {
    "metrics": ["events", "visitors"],
    "dimensions": ["source"],
    "time_range": {"start": "2026-01-01", "end": "2026-01-31"},
}
LIMITED = "limited"
EMPTY = "/api/v1/benchmark/empty"


def run(stack, token):
    """Print and return both ratios; the contenders take turns."""
    say("Requests a second: 64 keep-alive connections, contenders taking turns")
    key = f"Authorization: Bearer {token}"
    body = json.dumps(QUESTION).encode()
    with ExitStack() as open_servers:
        headers = {"Authorization": f"Bearer {token}"}
        ours = open_servers.enter_context(
            children.served(stack, "tests.benchmarks.wsgi:application", EMPTY, headers)
        )
        bare = open_servers.enter_context(
            children.served(stack, "tests.benchmarks.bare_wsgi:application", "/empty")
        )
        _fill_cache(ours, headers)
        limited = f"Authorization: Bearer {_limited(stack)}"
        found = _measure(
            {
                "cached answer": (ours, "POST", "/api/v1/analytics/query", [key], body),
                "empty view": (ours, "POST", EMPTY, [key], body),
                "empty view, limited": (ours, "POST", EMPTY, [limited], body),
                "bare view": (bare, "POST", "/empty", [], body),
            }
        )
    return [
        _ratio("cached answer / empty view behind the gateway", found, 0, 1, 0.7),
        _ratio("empty view behind the gateway / bare DRF view", found, 1, 3, 0.6),
        _ratio("empty view of a limited organization / of an unlimited one", found, 2, 1, 0.9),
    ]


def _measure(contenders):
    loads = {
        name: Load(port, request(method, path, port, headers=headers, body=body))
        for name, (port, method, path, headers, body) in contenders.items()
    }
    for load in loads.values():
        load.measure(1)
    rounds = [{name: load.measure(SECONDS) for name, load in loads.items()} for _ in range(ROUNDS)]
    found = {name: [single[name] for single in rounds] for name in loads}
    for name, rates in found.items():
        say(f"  {name}: " + ", ".join(f"{rate:,.0f}" for rate in rates) + " requests/s")
    return [sum(rates) / len(rates) for rates in found.values()]


def _limited(stack):
    """Return a token of an organization whose requests are counted and never too many."""
    token = stack.organization(LIMITED)
    rows = "__import__('warehouse.tenancy.models').tenancy.models.Organization.objects"
    change = f"{rows}.filter(slug='{LIMITED}').update(requests_per_minute=10**7)"
    stack.manage("shell", "--no-imports", "-c", change)
    return token


def _fill_cache(port, headers):
    """Ask once, so that all who follow get the kept answer; checks that they do."""
    url = f"http://127.0.0.1:{port}/api/v1/analytics/query"
    for _ in range(2):
        answer = httpx.post(url, json=QUESTION, headers=headers | {"Prefer": "wait=30"}, timeout=40)
        answer.raise_for_status()
    status = answer.headers["Cache-Status"]
    if "hit" not in status:
        raise AssertionError(f"the answer was not kept: {status}")


def _ratio(name, found, ours, bare, aim):
    ratio = Ratio(name, found[ours], found[bare], "requests/s", aim)
    show(ratio)
    return ratio
