"""A socket hears of its own organization alone, whatever it asks for and however it was opened."""

import json
from contextlib import suppress

from django.test import Client

from reports import events
from reports.models import Report
from reports.representation import describe
from tests.isolation.world import QUESTIONS
from tests.reports.doors import caller_of, post


def heard(socket, side, other, *, report):
    """Subscribe to all there is, let both organizations work, and return every word that came."""
    socket.send(type="subscribe", topic="reports", since=0, report=report)
    first = socket.next()
    socket.send(type="subscribe", topic="reports", since=0)
    socket.send(type="subscribe", topic="realtime", metrics=["revenue", "events"], last="6h")
    for one in (other, side):
        body = QUESTIONS["traffic"] | {"limit": 7}
        post(one.caller, "/reports", {"kind": "traffic", "request": body})
    # Its own comes last, so what it would have heard of the other has come by then.
    messages = [first, *socket.until("report.succeeded")]
    socket.send(type="ping")
    return json.dumps([*messages, *socket.until("pong")]).lower()


def untold(side, other, text):
    assert str(other.ids["report_id"]) not in text
    assert other.word not in text
    assert other.amount not in text
    return side.slug


def test_a_socket_hears_nothing_of_another_organization(door, settled):
    for side, other in (settled, settled[::-1]):
        with door.of(side.token) as socket:
            text = heard(socket, side, other, report=other.ids["report_id"])
        untold(side, other, text)


def test_progress_is_pushed_to_ones_own_organization_alone(door, sides):
    """Quick jobs make none: what a long one would announce is announced here, the other's first."""
    side, other = sides
    with door.of(side.token) as socket:
        socket.subscribe()
        messages: list[str] = []
        while not any(side.ids["report_id"] in text for text in messages):
            for one in (other, side):
                report = Report.objects.select_related("job").get(pk=one.ids["report_id"])
                events.progressed(one.id, describe(report))
            # The group is joined a moment after the subscription was answered.
            with suppress(TimeoutError):
                messages.append(json.dumps(socket.next(1)))
        socket.send(type="ping")
        text = json.dumps([*messages, *socket.until("pong")]).lower()
    assert "report.progress" in text
    untold(side, other, text)


def test_a_foreign_report_is_told_of_like_one_that_is_not_there(door, settled):
    one, other = settled
    told = []
    for report in (other.ids["report_id"], "11111111-2222-4333-8444-555555555555"):
        with door.of(one.token) as socket:
            answer = socket.ask(type="subscribe", topic="reports", report=report)
            answer.get("error", {}).pop("request_id", None)
            told.append(json.dumps(answer).replace(report, ""))
    assert told[0] == told[1]
    assert other.word not in told[0]


def test_a_ticket_opens_the_socket_of_who_asked_for_it(door, settled):
    one, other = settled
    ticket = post(one.caller, "/ws-tickets").json()["ticket"]
    with door.open(f"?ticket={ticket}&organization={other.slug}") as socket:
        answer = socket.ask(type="subscribe", topic="reports", since=0)
        assert other.word not in json.dumps(answer)
    with door.open(f"?ticket={ticket}") as socket:
        assert socket.next()["error"]["status"] == 401


def test_a_ticket_is_not_given_to_another_caller_of_the_same_organization(sides):
    side, _ = sides
    once = {"Idempotency_Key": "the-very-same"}
    first, again = (post(side.caller, "/ws-tickets", **once).json() for _ in range(2))
    assert first == again
    colleague = caller_of(side.organization)
    assert post(colleague, "/ws-tickets", **once).json()["ticket"] != first["ticket"]


def test_naming_another_organization_opens_nothing(door, settled):
    one, other = settled
    with door.open(Authorization=f"Bearer {one.token}", X_Organization=other.slug) as socket:
        assert socket.next()["error"]["status"] == 403
        assert socket.closed_with() == 4403


def test_a_session_opens_no_socket_of_another_organization(door, settled):
    one, other = settled
    person = Client()
    person.force_login(one.user)
    cookie = f"sessionid={person.cookies['sessionid'].value}"
    origin = f"http://127.0.0.1:{door.port}"
    with door.open(f"?organization={other.slug}", Cookie=cookie, Origin=origin) as socket:
        assert socket.next()["error"]["status"] == 403
