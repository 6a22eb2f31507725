"""The first preparation makes a working login once, and keeps it private."""

import json

import pytest
from django.contrib.auth import authenticate, get_user_model

from warehouse.ops import preparation
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, Membership, Organization

pytestmark = pytest.mark.django_db


def test_the_first_login_works_and_only_its_owner_can_read_it(tmp_path):
    login = preparation.ensure_login(tmp_path)
    user = authenticate(username=login["username"], password=login["password"])
    assert user is not None
    assert user.is_superuser
    assert Membership.objects.get(user=user).organization.slug == "demo"
    key = ApiKey.objects.get(digest=keys.digest(str(login["token"])))
    assert key.organization.slug == login["organization"] == "demo"
    assert (tmp_path / "first-login.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["first-login.json"]


def test_a_second_preparation_changes_nothing(tmp_path):
    first = preparation.ensure_login(tmp_path)
    assert preparation.ensure_login(tmp_path) == first
    assert ApiKey.objects.count() == Organization.objects.count() == 1


def test_a_lost_file_gives_a_new_token_and_leaves_the_password(tmp_path):
    first = preparation.ensure_login(tmp_path)
    (tmp_path / "first-login.json").unlink()
    second = preparation.ensure_login(tmp_path)
    assert second["password"] is None
    assert second["token"] != first["token"]
    assert authenticate(username="admin", password=first["password"])


def test_a_changed_password_is_not_shown_again(tmp_path):
    preparation.ensure_login(tmp_path)
    admin = get_user_model().objects.get(username="admin")
    admin.set_password("my own")
    admin.save()
    login = preparation.ensure_login(tmp_path)
    assert login["password"] is None
    assert json.loads((tmp_path / "first-login.json").read_text()) == login


def test_a_file_of_another_database_is_made_anew(tmp_path):
    stale = {"username": "admin", "password": "x", "organization": "demo", "token": "trl_old"}
    (tmp_path / "first-login.json").write_text(json.dumps(stale))
    login = preparation.ensure_login(tmp_path)
    assert authenticate(username="admin", password=login["password"])


def test_an_imported_logs_organization_belongs_to_the_administrator(tmp_path):
    preparation.ensure_login(tmp_path)
    shop = preparation.ensure_organization("shop", "Shop")
    assert preparation.ensure_organization("shop", "Other name") == shop
    admin = get_user_model().objects.get(username="admin")
    assert Membership.objects.get(organization=shop).user == admin


def test_the_static_fingerprint_follows_the_sources(settings, tmp_path):
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "a.css").write_text("a")
    before = preparation.static_fingerprint()
    assert preparation.static_fingerprint() == before
    (tmp_path / "a.css").write_text("ab")
    assert preparation.static_fingerprint() != before
