"""The two installations all faults are struck at, the rounds, and the table in the end.

`FAULT_ROUNDS` says how often each fault is struck, `FAULT_SEED` with which chance. Without rounds
each is struck once, but for those that take long or are near to another.
"""

import os
import random

import pytest

from tests.clickhouse_server import Server
from tests.faults import questions
from tests.faults.bars import ROUNDS
from tests.faults.ledger import LEDGER
from tests.faults.line import Line
from tests.faults.stacks import Served, Store, Struck
from tests.faults.watcher import watching
from tests.live.client import Client
from tests.live.stack import until

SEED = os.environ.get("FAULT_SEED") or str(random.randrange(10**6))


LEFT_TO_ROUNDS = {
    "worker killed: the claim is committed",
    "worker killed: the status is changed, no event",
    "worker told to stop",
    "worker frozen when it has claimed",
    "worker frozen in half a result",
    "worker frozen for good",
    "worker frozen with its result written",
    "garbage for messages",
    "worker killed: half a result is written",
    "engine slow in its answer",
    "engine slow to answer",
    "engine silent",
    "engine refuses",
    "redis restarted",
    "redis emptied",
    "engine cuts at once",
    "engine overloaded",
    "clock an hour forward, worker killed",
}


def pytest_generate_tests(metafunc):
    """Repeat every test of this folder that takes a chance."""
    if "turn" in metafunc.fixturenames:
        metafunc.parametrize("turn", range(max(ROUNDS, 1)), ids="round{}".format)


def pytest_collection_modifyitems(config, items):
    """Without rounds leave some of this folder out."""
    ours = [item for item in items if "tests/faults/" in item.path.as_posix()]
    if not ROUNDS:
        left = [item for item in ours if item.callspec.params["fault"] in LEFT_TO_ROUNDS]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(terminalreporter):
    """Print what the rounds have come to."""
    if LEDGER.lines:
        LEDGER.write(terminalreporter, SEED)


@pytest.fixture(scope="session")
def embedded():
    """An installation whose engine lives in its one worker."""
    yield from _running(Struck())


@pytest.fixture(scope="session")
def served():
    """An installation over a ClickHouse server; two workers may share it."""
    server = Server()
    server.start()
    line = Line(server.port)
    try:
        yield from _running(Served(server, line))
    finally:
        line.close()
        server.close()


@pytest.fixture
def disk(embedded):
    """A small disk under the result store of the embedded installation, empty at first."""
    store = Store(embedded.var / "results")
    store.mount()
    yield store
    store.unmount()


@pytest.fixture
def fault(request):
    """The name under which the round is counted; a parameter of the same name takes its place."""
    return request.node.originalname


@pytest.fixture
def chance(fault, turn):
    """The round's own chance: the same for the same seed."""
    return random.Random(f"{SEED} {fault} {turn}")


@pytest.fixture
def watch(request, fault, chance):
    """A watcher of the installation that the test uses."""
    name = next(name for name in ("embedded", "served") if name in request.fixturenames)
    stack = request.getfixturevalue(name)
    line = LEDGER.lines[f"{fault}, {name}"]
    line.rounds += 1
    with watching(stack, stack.client, chance, line) as watcher:
        yield watcher
    until(stack.ready, seconds=60, every=0.1, what="readiness after the fault")


def _running(stack):
    """Start the installation, fill it, and end it in order."""
    try:
        stack.start()
        stack.client = Client(stack, stack.organization("acme"))
        questions.send(stack.client)
        until(lambda: questions.stored(stack.client), seconds=90, every=0.3, what="storing")
        until(stack.rolled_up, seconds=60, what="sessions and rollups of what was stored")
    except BaseException:
        stack.destroy()
        raise
    yield stack
    stack.client.close()
    stack.stop()
