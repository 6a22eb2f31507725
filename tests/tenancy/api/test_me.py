"""`/me`: who is asking, also before one of several organizations was chosen."""

import pytest

from tests.reports.doors import caller_of, get, problem
from warehouse.clock import now
from warehouse.tenancy.models import ApiKey, Membership
from warehouse.tenancy.principal import ROLES, SCOPES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_a_person_hears_their_role_and_scopes(acme, people, role):
    me = get(people[role], "/me").json()
    named = {"slug": "acme", "name": "Acme", "role": role}
    assert (me["name"], me["organization"], me["organizations"]) == (role, named, [named])
    assert me["scopes"] == sorted(ROLES[role])
    assert me["subject"].startswith("user:")


def test_a_key_hears_what_it_may_do(acme):
    me = get(caller_of(acme), "/me").json()
    named = {"slug": "acme", "name": "Acme", "role": None}
    assert (me["subject"], me["name"]) == (f"key:{ApiKey.objects.get().pk}", "test")
    assert (me["organization"], me["organizations"], me["member_id"]) == (named, [named], None)
    assert me["scopes"] == sorted(SCOPES)


def test_a_person_of_several_organizations_hears_which_they_may_name(acme, people, globex):
    user = Membership.objects.get(user__username="owner").user
    Membership.objects.create(user=user, organization=globex, role="viewer")
    me = get(people["owner"], "/me").json()
    assert (me["organization"], me["scopes"]) == (None, [])
    assert [(one["slug"], one["role"]) for one in me["organizations"]] == [
        ("acme", "owner"),
        ("globex", "viewer"),
    ]
    chosen = get(people["owner"], "/me", X_Organization="globex").json()
    assert (chosen["organization"]["slug"], chosen["scopes"]) == ("globex", ["reports:read"])
    type(globex).objects.filter(pk=globex.pk).update(suspended_at=now())
    me = get(people["owner"], "/me", X_Organization="acme").json()
    assert [one["slug"] for one in me["organizations"]] == ["acme"]


def test_nobody_and_strangers_are_refused(client, people):
    problem(get(client, "/me"), 401)
    problem(get(people["owner"], "/me", X_Organization="globex"), 403)
    problem(get(client, "/me", Authorization="Bearer trl_no"), 401)
