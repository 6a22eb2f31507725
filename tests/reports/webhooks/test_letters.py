"""Letters: to members only, with what is attached or why it is not, tried again like messages."""

import email
from email import policy

import pytest

from reports import results
from reports.models import Delivery, Firing, Report
from reports.webhooks import deliveries, letters
from tests.conftest import free_port
from tests.mail import mail_server
from tests.reports.builders import NOON
from tests.reports.results import TRICKY, many, stored_job
from tests.reports.schedules.builders import planted
from tests.reports.webhooks.builders import outcomes, sender
from warehouse import mail
from warehouse.tenancy.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings):
    """A mail server that settings lead to; the letters that came."""
    with mail_server() as (port, came):
        lead(settings, port)
        yield came


def lead(settings, port):
    for name, value in mail.settings(f"smtp://127.0.0.1:{port}").items():
        setattr(settings, name, value)


def letter(user, attachment=None, *, report=None, subject="Weekly figures", **more):
    organization = user.memberships.get().organization
    return deliveries.create(
        organization_id=organization.pk,
        type="schedule.succeeded",
        payload={"subject": subject, "text": "See below.", "attachment": attachment},
        now=NOON,
        recipient=user.email,
        report=report,
        **more,
    )


def report_of(organization, result=None):
    return Report.objects.get(job=stored_job(organization, result or TRICKY))


def read(text):
    return email.message_from_string(text, policy=policy.default)


def text_of(text):
    return read(text).get_body(("plain",)).get_content()


def attached(text):
    return {part.get_filename(): part for part in read(text).iter_attachments()}


def test_a_letter_arrives_with_an_id_that_repeats_share(acme, alice, post):
    row = letter(alice, subject="Weekly\r\nBcc: eve@x.example")
    assert sender().work_once()
    [came] = post
    head = read(came)
    assert (head["To"], head["Subject"]) == ("alice@acme.example", "Weekly Bcc: eve@x.example")
    assert head["Bcc"] is None
    assert head["Message-ID"] == f"<{row.pk.hex}@localhost>"
    assert text_of(came).strip() == "See below."
    assert (outcomes(row), Delivery.objects.get().state) == (["delivered"], "delivered")


def test_programs_learn_that_nobody_wrote_it_and_of_which_schedule_it_is(acme, alice, post):
    made = planted(acme, created_at=NOON)
    firing = Firing.objects.create(schedule=made, due_at=NOON, fired_at=NOON)
    letter(alice, firing=firing)
    sender().work_once()
    head = read(post[0])
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["List-Id"] == f"<{made.pk}.schedules.localhost>"


def test_two_letters_to_one_address_are_two(acme, alice, post):
    letter(alice), letter(alice)
    while sender().work_once():
        pass
    assert len({read(came)["Message-ID"] for came in post}) == 2


def test_the_result_is_attached(acme, alice, post):
    report = report_of(acme)
    letter(alice, {"name": "figures.csv", "format": "csv"}, report=report)
    sender().work_once()
    whole = b"".join(results.stream(results.provide(report.job, "csv")))
    [(name, part)] = attached(post[0]).items()
    assert (name, part.get_content_type()) == ("figures.csv", "text/csv")
    assert part.get_payload(decode=True) == whole


def test_what_is_too_large_is_left_out_and_named(acme, alice, post, monkeypatch):
    monkeypatch.setattr(letters, "MOST_BYTES", 100)
    report = report_of(acme, many(100))
    letter(alice, {"name": "figures.csv", "format": "csv"}, report=report)
    sender().work_once()
    assert attached(post[0]) == {}
    assert f"/api/v1/reports/{report.pk}/result?format=csv" in text_of(post[0]).replace("=\n", "")
    assert "larger than" in text_of(post[0])


def test_what_would_take_long_to_make_is_left_out(acme, alice, post):
    report = report_of(acme, many(50_001))
    letter(alice, {"name": "figures.csv", "format": "csv"}, report=report)
    sender().work_once()
    assert attached(post[0]) == {}
    assert "it has more than 50,000 rows" in text_of(post[0])


def test_what_is_gone_is_left_out_and_says_so(acme, alice, post):
    report = report_of(acme)
    results.discard(report.job)
    letter(alice, {"name": "figures.csv", "format": "csv"}, report=report)
    sender().work_once()
    assert attached(post[0]) == {}
    assert "not attached" in text_of(post[0])


@pytest.mark.parametrize("how", ["left", "inactive", "another address"])
def test_who_is_no_member_any_more_gets_nothing(acme, alice, post, how):
    row = letter(alice)
    if how == "left":
        Membership.objects.all().delete()
    alice.is_active = how != "inactive"
    alice.email = "new@acme.example" if how == "another address" else alice.email
    alice.save()
    sender().work_once()
    assert (outcomes(row), Delivery.objects.get().state) == (["no-member"], "failed")
    assert post == []


def test_a_member_elsewhere_is_none_here(acme, charlie, post):
    row = letter(charlie)
    Delivery.objects.update(organization=acme)
    sender().work_once()
    assert (outcomes(row), post) == (["no-member"], [])


@pytest.mark.parametrize("usual", [None, b"550 no"], ids=["nobody there", "refusing"])
def test_what_the_mail_server_does_not_take_is_tried_again(acme, alice, settings, usual):
    row = letter(alice)
    if usual is None:
        lead(settings, free_port())
        sender().work_once()
    else:
        with mail_server(usual) as (port, _):
            lead(settings, port)
            sender().work_once()
    assert (outcomes(row), Delivery.objects.get().state) == (["mail-failed"], "pending")
