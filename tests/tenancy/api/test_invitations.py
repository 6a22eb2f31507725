"""`/invitations`: letters that work once, for a week, for the person they were sent to."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from tests.conftest import free_port
from tests.mail import mail_server
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.tenancy.api.people import deeds, delete
from warehouse import mail as places
from warehouse.clock import now
from warehouse.gateway.models import IdempotencyRecord
from warehouse.tenancy import keys
from warehouse.tenancy.models import AuditEntry, Invitation

pytestmark = pytest.mark.django_db
ADA = {"email": "ada@x.example", "role": "analyst"}


def token_in(letter):
    [token] = re.findall(r"http://testserver/invitation\?token=([\w-]{43})\n", letter)
    return token


def states(client):
    return [one["status"] for one in get(client, "/invitations").json()["items"]]


def test_an_invitation_is_a_letter_with_the_only_copy_of_its_token(owner, acme):
    answer = post(owner, "/invitations", ADA)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["email"], made["role"], made["status"]) == ("ada@x.example", "analyst", "pending")
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["ada@x.example"], "Invitation to Acme")
    assert "as analyst" in letter.body
    token = token_in(letter.body)
    assert Invitation.objects.get().digest == keys.digest(token)
    kept = [*Invitation.objects.values(), *AuditEntry.objects.values()]
    assert token not in repr(kept) + answer.content.decode()
    assert get(owner, "/invitations").json()["items"] == [made]


def test_a_repeat_sends_no_second_letter(owner):
    first, again = (post(owner, "/invitations", ADA, Idempotency_Key="k").json() for _ in "ab")
    assert first == again
    assert len(mail.outbox) == 1


def test_a_letter_is_handed_to_a_mail_server(owner, settings):
    with mail_server() as (port, letters):
        for name, value in places.settings(f"smtp://127.0.0.1:{port}").items():
            setattr(settings, name, value)
        assert post(owner, "/invitations", ADA).status_code == 201
    assert len(letters) == 1
    assert "To: ada@x.example" in letters[0]


@pytest.mark.parametrize("trouble", ["nobody listens", "refused"])
def test_a_letter_that_cannot_be_sent_leaves_no_invitation(owner, settings, trouble):
    with mail_server(usual=b"550 no") as (port, _):
        port = free_port() if trouble == "nobody listens" else port
        for name, value in places.settings(f"smtp://127.0.0.1:{port}").items():
            setattr(settings, name, value)
        answer = post(owner, "/invitations", ADA, Idempotency_Key="k")
    assert problem(answer, 503)["code"] == "mail-unavailable"
    assert int(answer["Retry-After"]) > 0
    assert states(owner) == ["revoked"]
    assert not IdempotencyRecord.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert post(owner, "/invitations", ADA, Idempotency_Key="k").status_code == 201
    assert states(owner) == ["pending", "revoked"]


def test_inviting_again_takes_the_earlier_one_back(owner):
    post(owner, "/invitations", ADA)
    post(owner, "/invitations", ADA | {"email": "ADA@x.example", "role": "viewer"})
    assert states(owner) == ["pending", "revoked"]


def test_letters_to_one_address_are_few(owner, acme):
    for _ in range(5):
        assert post(owner, "/invitations", ADA).status_code == 201
    answer = post(owner, "/invitations", ADA)
    problem(answer, 429)
    assert 86_000 < int(answer["Retry-After"]) <= 86_401
    assert len(mail.outbox) == 5
    Invitation.objects.update(created_at=now() - timedelta(days=1))
    assert post(owner, "/invitations", ADA).status_code == 201


def test_letters_in_all_are_bounded(owner, monkeypatch):
    monkeypatch.setattr("warehouse.tenancy.invitations.TO_ALL", 2)
    statuses = [
        post(owner, "/invitations", ADA | {"email": f"{name}@x.example"}).status_code
        for name in "abc"
    ]
    assert statuses == [201, 201, 429]


def test_a_member_is_not_invited(owner):
    answer = post(owner, "/invitations", ADA | {"email": "Viewer@acme.example"})
    assert "member already" in problem(answer, 409)["detail"]
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email", "role"}),
        ({"email": "no", "role": "boss"}, {"email", "role"}),
        ({"email": "a@x.example\nBcc: b@x.example", "role": "viewer"}, {"email"}),
        ({"email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example", "role": "viewer"}, {"email"}),
        ({"email": "a@x.example", "role": "viewer", "token": "mine"}, {"token"}),
    ],
)
def test_what_makes_no_sense_is_refused(owner, body, fields):
    assert set(bad_fields(post(owner, "/invitations", body))) == fields
    assert mail.outbox == []


def test_nobody_offers_more_than_they_have(acme, people):
    problem(post(people["admin"], "/invitations", ADA | {"role": "owner"}), 403)
    weak = caller_of(acme, ["organization:admin", "reports:read"])
    problem(post(weak, "/invitations", ADA), 403)
    problem(post(caller_of(acme), "/invitations", ADA | {"role": "owner"}), 403)
    assert post(weak, "/invitations", ADA | {"role": "viewer"}).status_code == 201
    assert post(people["owner"], "/invitations", ADA | {"role": "owner"}).status_code == 201


def test_one_is_taken_back_and_another_organizations_is_as_absent(owner, outsider):
    made = post(owner, "/invitations", ADA).json()["id"]
    problem(delete(outsider, f"/invitations/{made}"), 404)
    problem(delete(owner, "/invitations/x"), 404)
    assert get(outsider, "/invitations").json()["items"] == []
    for _ in "ab":
        assert delete(owner, f"/invitations/{made}").status_code == 204
    assert states(owner) == ["revoked"]
    assert deeds() == ["invitation.created", "invitation.revoked"]


def test_an_accepted_one_is_not_taken_back(owner):
    made = post(owner, "/invitations", ADA).json()["id"]
    Invitation.objects.update(accepted_at=now())
    problem(delete(owner, f"/invitations/{made}"), 409)
    assert states(owner) == ["accepted"]


def test_a_name_with_line_breaks_makes_no_header(owner, acme):
    type(acme).objects.update(name="Acme\r\nBcc: b@x.example")
    assert post(owner, "/invitations", ADA).status_code == 201
    assert mail.outbox[0].message()["Bcc"] is None
