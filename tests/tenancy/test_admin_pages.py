"""Every page of the admin: it opens, costs no query per row, and lets a role do what it may."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrichment.models import Batch
from reports.models import Report
from tests.discovery.pattern_builders import pattern
from tests.reports.builders import submit
from tests.reports.outgoing import outgoing
from warehouse.clock import now
from warehouse.copying.models import Copy
from warehouse.custody import orders
from warehouse.models import ArchivedMonth, Day, Worker
from warehouse.ops import roles
from warehouse.tenancy import audit, keys, months
from warehouse.tenancy.models import AuditEntry, Invitation, Membership, Organization

pytestmark = pytest.mark.django_db
OURS = [
    (model._meta.app_label, model._meta.model_name)
    for model in site._registry
    if model._meta.app_label != "auth"
]


def fill(number, user_model):
    """Make one organization with a row of everything the admin lists."""
    organization = Organization.objects.create(slug=f"many-{number}", name=f"Many {number}")
    user = user_model.objects.create_user(f"user-{number}")
    Membership.objects.create(user=user, organization=organization, role="owner")
    keys.issue(organization, name="key", scopes=[])
    submit(organization, question=str(number))
    at = now()
    outgoing(organization, now=at)
    pattern(organization, now=at)
    Batch.objects.create(
        organization=organization, source="api", received_at=at, events=1, size=2, payload=b"secret"
    )
    Day.objects.create(
        organization_id=organization.id,
        day=date(2026, 1, 1) + timedelta(number),
        watermark=at,
        rows=1234,
        bytes=5678,
    )
    Copy.objects.create(organization_id=organization.id, place="a-project.copies", run_after=at)
    ArchivedMonth.objects.create(month=202401 + number, rows=1234, bytes=5678, at=at)
    Worker.objects.create(name=f"worker-{number}", engine="chdb", started_at=at, seen_at=at)
    Invitation.objects.create(
        organization=organization, email="x@y.example", role="viewer", digest=str(number),
        expires_at=at,
    )  # fmt: skip
    orders.take_out(organization, actor=audit.Actor(), now=at)
    audit.record("test.made", actor=audit.Actor(), organization=organization, now=at)


def statements(client, path):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("app", "model"), OURS)
def test_a_list_costs_no_query_per_row(admin_client, django_user_model, app, model):
    path = f"/admin/{app}/{model}/"
    fill(0, django_user_model)
    admin_client.get(path)
    few = statements(admin_client, path)
    for number in range(1, 6):
        fill(number, django_user_model)
    assert statements(admin_client, path) <= few


@pytest.mark.parametrize(("app", "model"), OURS)
def test_each_row_has_a_page(admin_client, django_user_model, app, model):
    fill(0, django_user_model)
    row = apps.get_model(app, model)._default_manager.values_list("pk", flat=True)[0]
    page = admin_client.get(f"/admin/{app}/{model}/{row}/change/")
    assert page.status_code == 200
    assert b"secret" not in page.content.replace(b'value="secret"', b"").replace(b">secret<", b"")


def test_the_list_of_organizations_says_what_each_uses(admin_client, django_user_model):
    fill(0, django_user_model)
    organization = Organization.objects.get()
    Day.objects.create(
        organization_id=organization.id, day=now().date(), watermark=now(), rows=6, bytes=1
    )
    Organization.objects.update(events_per_month=9)
    months.count(str(organization.id), 7, now=now())
    page = admin_client.get("/admin/tenancy/organization/").content.decode()
    assert 'field-month_events">7 of 9<' in page
    assert 'field-all_events">1,240<' in page


def test_opening_a_report_is_audited_and_a_list_is_not(admin_client, acme):
    report = submit(acme)
    admin_client.get("/admin/reports/report/")
    assert not AuditEntry.objects.exists()
    admin_client.get(f"/admin/reports/report/{report.pk}/change/")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target) == ("admin.report.viewed", f"report:{report.pk}")
    assert (entry.organization_id, entry.actor_name) == (acme.id, "admin")
    assert entry.ip == "127.0.0.1"
    assert entry.request_id


def test_a_rejected_batch_is_tried_again(admin_client, acme, django_user_model):
    fill(0, django_user_model)
    batch = Batch.objects.get()
    form = {"action": "try_again", "_selected_action": [str(batch.pk)]}
    path = "/admin/enrichment/batch/?state=all"
    assert "Queued 0 of 1." in admin_client.post(path, form, follow=True).content.decode()
    Batch.objects.update(state="rejected", reason="bad luck", stored_at=now())
    assert "bad luck" in admin_client.get("/admin/enrichment/batch/").content.decode()
    assert "Queued 1 of 1." in admin_client.post(path, form, follow=True).content.decode()
    batch.refresh_from_db()
    assert (batch.state, batch.reason, batch.alone, batch.stored_at) == ("pending", "", True, None)


@pytest.fixture
def person(client, django_user_model):
    """Return a way to log somebody in who has one of the roles."""
    roles.sync()

    def log_in(role):
        user = django_user_model.objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return log_in


@pytest.mark.parametrize("role", roles.ROLES)
@pytest.mark.parametrize(("app", "model"), OURS)
def test_every_role_may_look_at_everything_of_ours(person, role, app, model):
    assert person(role).get(f"/admin/{app}/{model}/").status_code == 200


def test_support_looks_and_operators_act(person, acme, django_user_model):
    suspend = {"action": "suspend", "_selected_action": [str(acme.pk)]}
    support = person("support")
    support.post("/admin/tenancy/organization/", suspend)
    assert support.get("/admin/tenancy/organization/add/").status_code == 403
    assert Organization.objects.filter(suspended_at=None).exists()
    operator = person("operator")
    operator.post("/admin/tenancy/organization/", suspend)
    assert not Organization.objects.filter(suspended_at=None).exists()
    assert operator.get("/admin/auth/user/").status_code == 403


def test_nobody_edits_the_audit_log(admin_client, acme):
    entry = audit.record("test.made", actor=audit.Actor(), organization=acme, now=now())
    path = f"/admin/tenancy/auditentry/{entry.pk}"
    assert admin_client.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"{path}/change/", {"action": "nothing"}).status_code == 403
    entry.refresh_from_db()
    assert entry.action == "test.made"
    assert admin_client.get("/admin/tenancy/auditentry/add/").status_code == 403


def test_the_first_page_says_what_needs_an_operator(admin_client, acme, django_user_model):
    fill(0, django_user_model)
    Batch.objects.update(state="rejected")
    page = admin_client.get("/admin/").content.decode()
    assert "1 batch rejected" in " ".join(page.split())
    assert Report.objects.count() == 1


def test_days_of_no_known_organization_are_all_of_them(admin_client, acme):
    assert admin_client.get("/admin/warehouse/day/?of=abc").status_code == 200


def test_support_sees_the_members(person, acme, alice):
    page = person("support").get(f"/admin/tenancy/organization/{acme.pk}/change/")
    assert "alice is owner of acme" in page.content.decode()
