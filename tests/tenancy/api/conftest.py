"""Fixtures of the doors of organizations: one client for each role, and a stranger."""

import pytest
from django.test import Client

from tests.tenancy.api.people import person
from warehouse.tenancy.principal import ROLES
from warehouse.tenancy.warden import local


@pytest.fixture(autouse=True)
def fresh_warden():
    """Nobody is remembered from another test."""
    local.WARDEN.forget()


@pytest.fixture
def people(acme):
    """One member of Acme for each role, logged in: role → client."""
    return {role: _client(person(acme, role)) for role in ROLES}


@pytest.fixture
def owner(people):
    return people["owner"]


@pytest.fixture
def outsider(globex):
    """The owner of Globex, logged in."""
    return _client(person(globex, "owner", "zoe"))


def _client(user):
    client = Client()
    client.force_login(user)
    return client
