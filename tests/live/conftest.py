"""One running product for all live tests; each test has organizations of its own."""

import itertools

import pytest

from tests.live import work
from tests.live.client import Client
from tests.live.stack import started, until

NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def stack():
    """The real processes, started once; their orderly end is checked too."""
    with started() as running:
        yield running


@pytest.fixture
def organization(stack):
    """The slug of an organization of the test's own."""
    slug = f"live-{next(NAMES)}"
    stack.manage("create_organization", slug)
    return slug


@pytest.fixture
def client(stack, organization):
    """A caller with every scope in `organization`."""
    caller = Client(stack, stack.key(organization))
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
