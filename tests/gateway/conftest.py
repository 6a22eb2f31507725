"""Callers of the sample views in `tests.gateway.urls`."""

import pytest
from django.test import Client

from warehouse.tenancy import keys
from warehouse.tenancy.principal import SCOPES


def bearer(organization, scopes=tuple(SCOPES), client_class=Client, **kwargs):
    """Return a client that sends a fresh token of `organization`."""
    _, token = keys.issue(organization, name="test", scopes=scopes)
    return client_class(headers={"Authorization": f"Bearer {token}"}, **kwargs)


@pytest.fixture
def caller(acme):
    """A client with a key of Acme that may do everything."""
    return bearer(acme)


@pytest.fixture
def quiet_caller(acme):
    """The same, for requests whose handler breaks: the 500 is looked at, not raised."""
    return bearer(acme, raise_request_exception=False)
