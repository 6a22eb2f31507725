"""The start page as the server writes it: who gets in, and whose organization it shows."""

import pytest

from warehouse.tenancy.models import Membership


@pytest.fixture
def bob(acme, django_user_model):
    """A viewer of Acme: reads, submits nothing."""
    user = django_user_model.objects.create_user("bob", "bob@acme.example", "bob-password")
    Membership.objects.create(user=user, organization=acme, role="viewer")
    return user


def test_stranger_is_asked_to_log_in(client, db):
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/")


def test_member_sees_their_organization(client, alice):
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert 'data-organization="acme"' in page
    assert "/ws/v1/" in page


def test_organization_of_others_cannot_be_chosen(client, alice, globex):
    client.force_login(alice)
    page = client.get("/", {"organization": "globex"}).content.decode()
    assert 'data-organization="acme"' in page
    assert "globex" not in page


def test_chosen_organization_is_remembered(client, alice, globex):
    Membership.objects.create(user=alice, organization=globex, role="analyst")
    client.force_login(alice)
    assert 'data-organization="acme"' in client.get("/").content.decode()
    client.get("/", {"organization": "globex"})
    assert 'data-organization="globex"' in client.get("/").content.decode()


def test_viewer_is_not_offered_a_new_report(client, alice, bob):
    client.force_login(alice)
    assert 'id="new-report"' in client.get("/").content.decode()
    client.force_login(bob)
    assert 'id="new-report"' not in client.get("/").content.decode()


def test_suspended_organization_is_left_out(client, alice, acme):
    acme.suspended_at = acme.created_at
    acme.save()
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert "No organization yet" in page


def test_page_is_not_kept_by_caches(client, alice):
    client.force_login(alice)
    assert "no-store" in client.get("/")["Cache-Control"]


def test_pages_carry_no_inline_code(client, alice):
    client.force_login(alice)
    for path in ("/", "/no/such/page"):
        page = client.get(path).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert page.count("<script") == page.count("<script src=")


def test_unknown_address_is_answered_with_advice(client, db):
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert b"Go to the start page" in answer.content


def test_leaving_needs_a_form(client, alice):
    client.force_login(alice)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/").status_code == 302
