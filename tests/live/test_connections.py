"""All processes together keep to fifty connections to Redis, whatever is asked at once."""

import threading
from contextlib import ExitStack

import pytest
import redis

from tests.live import work
from tests.live.client import subscribe
from tests.live.stack import until

MOST = 50
CALLERS, ROUNDS, SOCKETS = 40, 1, 20


@pytest.fixture
def limited(stack, client, organization):
    """A caller whose organization is on a plan with limits that this test stays below."""
    stack.manage(
        "shell",
        "--no-imports",
        "-c",
        "from warehouse.tenancy.models import Organization as O;"
        f"O.objects.filter(slug='{organization}').update(plan='standard')",
    )
    return client


def test_fifty_connections_suffice_under_load(stack, limited):
    threads = [threading.Thread(target=use, args=(limited, n)) for n in range(CALLERS)]
    seen: list[int] = []
    with ExitStack() as open_sockets, redis.Redis.from_url(stack.redis_url) as server:
        for _ in range(SOCKETS):
            subscribe(open_sockets.enter_context(limited.socket()))
        for thread in threads:
            thread.start()
        until(lambda: look(server, seen, threads), seconds=120, what="the end of the load")
    assert len(seen) > 10
    assert max(seen) <= MOST


def use(caller, number):
    """Do everything that leads to Redis: cached and fresh answers, events, jobs, tickets."""
    for turn in range(ROUNDS):
        for headers in ({}, {"Cache-Control": "no-cache"}):
            question = {"metrics": ["events"], "dimensions": ["source"], **work.WINDOW}
            answer = caller.persist("POST", "/analytics/query", json=question, headers=headers)
            assert answer.status_code in (200, 202)
        assert caller.persist("POST", "/ws-tickets").status_code == 201
        caller.send(work.events(f"{number}-{turn}", size=3), key=f"{number}-{turn}")


def look(server, seen, threads):
    """Count the connections but our own; tells whether the load is over."""
    seen.append(len(server.client_list()) - 1)
    return not any(thread.is_alive() for thread in threads)
