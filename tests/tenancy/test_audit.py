"""The audit log: what an entry says, and that none is ever changed or deleted."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from warehouse.sql import audit as statements
from warehouse.tenancy import audit
from warehouse.tenancy.models import AuditEntry

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def entry(acme):
    token = audit.came_from.set(audit.Origin("203.0.113.9", "request-1"))
    try:
        return audit.record(
            "key.revoked",
            actor=audit.Actor("user:7", "alice"),
            organization=acme,
            now=NOW,
            target="key:1",
            details={"name": "dashboard"},
        )
    finally:
        audit.came_from.reset(token)


@pytest.fixture
def guarded(db):
    """The log as migration 0005 leaves it."""
    with connection.cursor() as cursor:
        for statement in statements.MAKE[connection.vendor]:
            cursor.execute(statement)


def test_an_entry_says_who_did_what_to_what_when_and_from_where(acme, entry):
    kept = AuditEntry.objects.get()
    assert (kept.at, kept.actor, kept.actor_name) == (NOW, "user:7", "alice")
    assert (kept.organization_id, kept.organization_slug) == (acme.id, "acme")
    assert (kept.action, kept.target, kept.details) == (
        "key.revoked",
        "key:1",
        {"name": "dashboard"},
    )
    assert (kept.ip, kept.request_id) == ("203.0.113.9", "request-1")


def test_an_entry_outlives_its_organization(acme, entry):
    acme.delete()
    assert AuditEntry.objects.get().organization_slug == "acme"


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.all().delete(),
    ],
    ids=["update", "delete"],
)
def test_the_database_refuses_to_change_an_entry(entry, guarded, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert AuditEntry.objects.get().action == "key.revoked"
