"""One running product for all live tests; each test has organizations of its own."""

import itertools

import pytest

from tests.live import work
from tests.live.client import Client
from tests.live.stack import started, until

AT_ONCE = 12
MAKE = """
from django.core.management import call_command
for number in range({first}, {first} + {count}):
    call_command("create_organization", f"live-{{number}}")
    call_command("create_api_key", f"live-{{number}}", "--name", "live")
"""


@pytest.fixture(scope="session")
def stack():
    """The real processes, started once; their orderly end is checked too."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def spare(stack):
    """Organizations with a token each, some at once: a process takes longer than all its work."""

    def made():
        for first in itertools.count(1, AT_ONCE):
            program = MAKE.format(first=first, count=AT_ONCE)
            lines = stack.manage("shell", "--no-imports", "-c", program).split("\n")
            slugs = [f"live-{number}" for number in range(first, first + AT_ONCE)]
            yield from zip(slugs, lines[1::2], strict=True)

    return made()


@pytest.fixture
def organization_and_token(spare):
    """An organization of the test's own, with a token of every scope."""
    return next(spare)


@pytest.fixture
def organization(organization_and_token):
    """The slug of the test's organization."""
    return organization_and_token[0]


@pytest.fixture
def client(stack, organization_and_token):
    """A caller with every scope in `organization`."""
    caller = Client(stack, organization_and_token[1])
    yield caller
    caller.close()


@pytest.fixture(scope="session")
def heavy(stack):
    """A caller whose organization holds enough text to keep a query busy for seconds."""
    caller = Client(stack, stack.organization("heavy"))
    sent = work.fill(caller)
    until(lambda: work.count(caller) == sent, seconds=90, every=0.3, what="storing")
    yield caller
    caller.close()
