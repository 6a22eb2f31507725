"""`/members`: who may change whose role, who may leave, and that one owner always stays."""

import threading

import pytest
from django.db import connections

from tests.reports.doors import bad_fields, caller_of, get, problem
from tests.tenancy.api.people import deeds, delete, member_id, patch, person
from warehouse.clock import now
from warehouse.exceptions import Conflict
from warehouse.tenancy import audit, invitations, members
from warehouse.tenancy.models import ApiKey, AuditEntry, Invitation, Membership
from warehouse.tenancy.principal import ROLES, SCOPES
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db


def role_of(organization, name):
    return Membership.objects.get(organization=organization, user__username=name).role


def changed(client, organization, name, role):
    return patch(client, f"/members/{member_id(organization, name)}", {"role": role})


def test_members_are_listed_with_their_roles(people, owner, outsider):
    items = get(owner, "/members").json()["items"]
    assert {item["name"]: item["role"] for item in items} == {role: role for role in ROLES}
    assert [item["name"] for item in get(outsider, "/members").json()["items"]] == ["zoe"]


def test_a_revoked_key_that_is_still_remembered_raises_nobody(acme, people):
    leaked = caller_of(acme)
    get(leaked, "/members")
    ApiKey.objects.update(revoked_at=now())
    problem(changed(leaked, acme, "viewer", "admin"), 401)
    assert get(leaked, "/members").status_code == 200, "it was remembered all the while"
    assert role_of(acme, "viewer") == "viewer"


ALLOWED = {
    # who acts, whose role, which new one
    ("owner", "admin", "owner"), ("owner", "admin", "analyst"), ("owner", "viewer", "owner"),
    ("owner", "viewer", "admin"), ("owner", "twin", "viewer"), ("admin", "viewer", "admin"),
    ("admin", "viewer", "analyst"), ("admin", "analyst", "viewer"), ("admin", "admin", "viewer"),
}  # fmt: skip


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("target", ["twin", "admin", "analyst", "viewer"])
def test_only_an_owner_makes_or_unmakes_owners(acme, people, actor, target):
    person(acme, "owner", "twin")
    member = Membership.objects.get(organization=acme, user__username=target)
    standing = {role: Membership.objects.get(user__username=role).pk for role in ROLES}
    for role in ROLES:
        answer = changed(people[actor], acme, target, role)
        administers = actor in {"owner", "admin"}
        touches_owner = member.role != role and "owner" in {member.role, role}
        allowed = administers and (actor == "owner" or not touches_owner)
        assert answer.status_code == (200 if allowed else 403), role
        assert role_of(acme, target) == (role if allowed else member.role)
        assert allowed or (actor, target, role) not in ALLOWED
        recorded = ["member.changed"] * (allowed and member.role != role)
        assert deeds(details__to=role) == recorded
        for name, pk in standing.items():
            Membership.objects.filter(pk=pk).update(role=name)
        member.save()


def test_the_last_owner_stays(acme, people, owner):
    twin = person(acme, "owner", "twin")
    assert changed(owner, acme, "twin", "admin").status_code == 200
    problem(changed(owner, acme, "owner", "admin"), 409)
    problem(delete(owner, f"/members/{member_id(acme, 'owner')}"), 409)
    assert role_of(acme, "owner") == "owner"
    assert role_of(acme, twin.username) == "admin"


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(acme, people):
    person(acme, "owner", "twin")
    refusals = []

    def leave(name):
        try:
            member = Membership.objects.get(user__username=name)
            members.remove(member.pk, by=local.for_user(member.user), now=now())
        except Conflict as exc:
            refusals.append(exc)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=leave, args=(name,)) for name in ("owner", "twin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    assert Membership.objects.filter(organization=acme, role="owner").count() == 1


@pytest.mark.parametrize("role", ["admin", "analyst", "viewer"])
def test_a_member_may_leave_and_is_refused_from_then_on(acme, people, role):
    own = get(people[role], "/me").json()["member_id"]
    assert own == member_id(acme, role)
    assert delete(people[role], f"/members/{own}").status_code == 204
    problem(get(people[role], "/organization"), 403)
    assert AuditEntry.objects.get(action="member.removed").details == {"role": role, "name": role}


@pytest.mark.parametrize("role", ["analyst", "viewer"])
def test_nobody_else_is_removed_without_being_an_administrator(acme, people, role):
    for target in ROLES:
        if target != role:
            problem(delete(people[role], f"/members/{member_id(acme, target)}"), 403)
    assert Membership.objects.filter(organization=acme).count() == len(ROLES)


def test_an_administrator_removes_anybody_but_an_owner(acme, people):
    admin = people["admin"]
    problem(delete(admin, f"/members/{member_id(acme, 'owner')}"), 403)
    assert delete(admin, f"/members/{member_id(acme, 'viewer')}").status_code == 204


def test_a_key_is_no_owner_and_gives_no_role_above_its_own(acme, people):
    strong, weak = caller_of(acme), caller_of(acme, ["organization:admin", "reports:read"])
    problem(changed(strong, acme, "viewer", "owner"), 403)
    problem(changed(strong, acme, "owner", "viewer"), 403)
    problem(changed(weak, acme, "viewer", "analyst"), 403)
    assert changed(weak, acme, "analyst", "viewer").status_code == 200
    assert changed(strong, acme, "viewer", "admin").status_code == 200
    assert set(SCOPES) == ROLES["admin"]


def test_who_goes_or_falls_takes_their_offers_back(acme, people):
    for inviter, role in (("owner", "owner"), ("owner", "viewer"), ("admin", "viewer")):
        user = Membership.objects.get(user__username=inviter).user
        actor = audit.Actor.of(local.for_user(user))
        address = f"{inviter}-{role}@x.example"
        invitations.invite(acme.pk, email=address, role=role, actor=actor, now=now())
    person(acme, "owner", "twin")

    def pending():
        return set(Invitation.objects.filter(revoked_at=None).values_list("email", flat=True))

    changed(people["owner"], acme, "owner", "admin")
    assert pending() == {"owner-viewer@x.example", "admin-viewer@x.example"}
    changed(people["owner"], acme, "admin", "analyst")
    assert pending() == {"owner-viewer@x.example"}
    delete(people["owner"], f"/members/{member_id(acme, 'owner')}")
    assert pending() == set()
    assert deeds(action="invitation.revoked") == ["invitation.revoked"] * 3


def test_another_organizations_member_is_as_absent(acme, people, outsider, globex):
    strange = member_id(globex, "zoe")
    for path in (f"/members/{strange}", "/members/999999", f"/members/{2**70}", "/members/x"):
        problem(delete(people["owner"], path), 404)
        problem(patch(people["owner"], path, {"role": "viewer"}), 404)
    assert role_of(globex, "zoe") == "owner"


@pytest.mark.parametrize("body", [{}, {"role": "boss"}, {"role": None}, {"role": 7}])
def test_a_role_must_be_one(acme, owner, body):
    assert set(bad_fields(patch(owner, f"/members/{member_id(acme, 'owner')}", body))) == {"role"}
    assert set(bad_fields(get(owner, "/members?role=owner"))) == {"role"}
