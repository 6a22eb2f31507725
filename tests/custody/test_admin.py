"""Errands in the admin: asked for with a typed confirmation, watched, and never edited."""

import pytest

from warehouse.custody.models import Errand
from warehouse.tenancy.models import AuditEntry, Organization

pytestmark = pytest.mark.django_db
ERRANDS = "/admin/custody/errand/"


def ask(client, organization, **fields):
    form = {"organization": organization.pk, "kind": "takeout", **fields}
    return client.post(f"{ERRANDS}add/", form, follow=True).content.decode()


def test_an_export_is_asked_for(admin_client, acme):
    assert "was added successfully" in ask(admin_client, acme)
    errand = Errand.objects.get()
    assert (errand.kind, errand.organization_id, errand.subject_name) == (
        "takeout",
        acme.id,
        "admin",
    )
    assert "takeout.asked" in AuditEntry.objects.values_list("action", flat=True)


@pytest.mark.parametrize("typed", ["", "globex", "ACME"])
@pytest.mark.parametrize("kind", ["organization", "visitor"])
def test_nothing_is_erased_without_its_slug(admin_client, acme, kind, typed):
    page = ask(admin_client, acme, kind=kind, visitor_id="v", confirmation=typed)
    assert "Type the slug" in page
    assert not Errand.objects.exists()
    assert Organization.objects.get().suspended_at is None


def test_an_erased_organization_is_suspended_at_once(admin_client, acme):
    ask(admin_client, acme, kind="organization", confirmation="acme", users="on")
    errand = Errand.objects.get()
    assert (errand.kind, errand.request) == ("organization", {"users": True})
    assert Organization.objects.get().suspended_at is not None
    page = admin_client.get(f"{ERRANDS}{errand.pk}/change/").content.decode()
    assert "0% queued" in page


def test_a_visitor_is_named(admin_client, acme):
    page = ask(admin_client, acme, kind="visitor", confirmation="acme")
    assert "Say which visitor." in page
    ask(admin_client, acme, kind="visitor", confirmation="acme", visitor_id="ada")
    assert Errand.objects.get().request == {"visitor_id": "ada"}


def test_one_errand_too_many_is_refused_in_the_form(admin_client, acme, monkeypatch):
    monkeypatch.setattr("warehouse.custody.orders.MOST_OPEN", 1)
    ask(admin_client, acme, kind="visitor", confirmation="acme", visitor_id="ada")
    form = {"organization": acme.pk, "kind": "takeout"}
    page = admin_client.post(f"{ERRANDS}add/", form)
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert "ask again once some of them have ended" in page.content.decode()
    assert f'<option value="{acme.pk}" selected>' in page.content.decode()
    assert [errand.kind for errand in Errand.objects.all()] == ["visitor"]


def test_an_organizations_page_leads_there_with_the_form_filled_in(admin_client, acme):
    page = admin_client.get(f"/admin/tenancy/organization/{acme.pk}/change/").content.decode()
    assert f"{ERRANDS}add/?organization={acme.pk}&amp;kind=organization" in page
    form = admin_client.get(f"{ERRANDS}add/?organization={acme.pk}&kind=organization")
    assert f'<option value="{acme.pk}" selected>' in form.content.decode()


def test_an_errand_is_never_edited_or_deleted(admin_client, acme):
    ask(admin_client, acme)
    errand = Errand.objects.get()
    change = admin_client.post(f"{ERRANDS}{errand.pk}/change/", {"state": "failed"})
    assert change.status_code == 403
    assert admin_client.post(f"{ERRANDS}{errand.pk}/delete/", {"post": "yes"}).status_code == 403
    errand.refresh_from_db()
    assert errand.state == "queued"


def test_what_is_being_erased_is_not_reinstated(admin_client, acme):
    ask(admin_client, acme, kind="organization", confirmation="acme")
    form = {"action": "reinstate", "_selected_action": [str(acme.pk)]}
    page = admin_client.post("/admin/tenancy/organization/", form, follow=True).content.decode()
    assert "Acme is being erased." in page
    assert Organization.objects.get().suspended_at is not None
