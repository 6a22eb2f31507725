"""What every test may ask for: people, organizations, a real Redis and a real engine."""

import shutil
import socket
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from tests import emptying, phases, thorough
from tests.clickhouse_server import clickhouse_server  # noqa: F401
from tests.engine import clickhouse, embedded_engine, http_engine, uncounted  # noqa: F401
from tests.postgres import postgres  # noqa: F401
from tests.redis import redis_server, redis_url  # noqa: F401
from warehouse.sql import audit
from warehouse.tenancy.models import Membership, Organization

WATCH = phases.Watch()
TransactionTestCase._fixture_teardown = emptying.empty  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)  # before runners look at marks
def pytest_collection_modifyitems(config, items):
    """Mark what starts the product's own processes; leave out what is only asked thoroughly."""
    left = []
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if phases.live(path):
            item.add_marker(pytest.mark.live)
        if thorough.left(path, item.name, config.args):
            left.append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Let no other test, nor what it asks for, start such a process."""
    WATCH.forbids = not item.get_closest_marker("live")
    return (yield)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that clean up by DELETE do so: only those of the audit log need its guards."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in audit.UNDO[connection.vendor]:
            cursor.execute(statement)


@pytest.fixture
def acme(db):
    """The organization most tests work in."""
    return Organization.objects.create(slug="acme", name="Acme")


@pytest.fixture
def globex(db):
    """Another organization, whose data must never show up in Acme's answers."""
    return Organization.objects.create(slug="globex", name="Globex")


@pytest.fixture
def alice(acme, django_user_model):
    """The owner of Acme."""
    user = django_user_model.objects.create_user("alice", "alice@acme.example", "alice-password")
    Membership.objects.create(user=user, organization=acme, role="owner")
    return user


@pytest.fixture
def charlie(globex, django_user_model):
    """The owner of Globex: a stranger to Acme."""
    user = django_user_model.objects.create_user("charlie", "c@globex.example", "charlie-password")
    Membership.objects.create(user=user, organization=globex, role="owner")
    return user


def free_port():
    """Return a TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pytest_unconfigure(config):
    """Leave nothing behind: the folder `tests.settings` made goes with the run."""
    var = Path(settings.STATIC_ROOT).parent if settings.configured else None
    if var and var.name.startswith("trellis-tests-"):
        shutil.rmtree(var, ignore_errors=True)
