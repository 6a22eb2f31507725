"""Campaigns in the admin: looked at by everybody, applied and undone once that is confirmed."""

import pytest
from django.contrib.auth.models import Group

from discovery.models import Campaign
from tests.discovery.planted import discovered
from warehouse.clock import now
from warehouse.custody.models import Errand
from warehouse.ops import roles
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE = "/admin/discovery/campaign/"


def post(client, campaign, action, **more):
    form = {"action": action, "_selected_action": [str(campaign.pk)], **more}
    return client.post(PAGE, form, follow=True).content.decode()


def test_nothing_is_done_before_it_is_confirmed(admin_client, acme):
    campaign = discovered(acme, now=now())
    page = post(admin_client, campaign, "apply")
    assert "Apply 1 campaign?" in page
    assert "Yes, apply" in page
    assert not Errand.objects.exists()
    assert "Asked to apply 1 of 1." in post(admin_client, campaign, "apply", confirmed="yes")
    errand = Errand.objects.get()
    assert (errand.request["do"], errand.subject_name) == ("apply", "admin")
    assert AuditEntry.objects.get(action="campaign.apply_asked").actor_name == "admin"
    assert "apply: 0% queued" in admin_client.get(PAGE).content.decode()
    refused = post(admin_client, campaign, "undo", confirmed="yes")
    assert "apply is under way" in refused
    assert "Asked to undo 0 of 1." in refused


def test_a_page_shows_rule_figures_and_what_went_wrong(admin_client, acme):
    figures = {"events": 12345, "visitors": 1, "conversions": 0, "revenue": "0"}
    campaign = discovered(acme, now=now(), moved=figures, preview=figures, state="applied")
    post(admin_client, campaign, "undo", confirmed="yes")
    problem = {"code": "source-unavailable", "detail": "It is away."}
    Errand.objects.update(state="failed", stage="failed", error=problem, finished_at=now())
    page = admin_client.get(f"{PAGE}{campaign.pk}/change/").content.decode()
    for told in ("&quot;forum&quot;", "12,345", "source-unavailable: It is away.", "its receipt"):
        assert told in page
    assert "1 campaign could not be applied or undone" in " ".join(
        admin_client.get("/admin/").content.decode().split()
    )
    assert "12,345" in admin_client.get(f"{PAGE}?q=night&state__exact=undoing").content.decode()


def test_support_looks_and_operators_act(client, acme, django_user_model):
    roles.sync()
    campaign = discovered(acme, now=now())
    for role, asked in (("support", 0), ("operator", 1)):
        user = django_user_model.objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        assert client.get(f"{PAGE}{campaign.pk}/change/").status_code == 200
        post(client, campaign, "apply", confirmed="yes")
        assert Errand.objects.count() == asked
        assert client.post(f"{PAGE}{campaign.pk}/change/", {"name": "x"}).status_code == 403
    assert Campaign.objects.get().name == "nightly"
