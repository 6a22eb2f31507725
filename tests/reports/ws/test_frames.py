"""Frames that make no sense are answered and harm nobody."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from reports.ws import frames
from tests.reports.doors import token_of
from tests.reports.ws.sockets import code_of

pytestmark = pytest.mark.django_db(transaction=True)

BAD = {
    "not json": None,
    "": None,
    "[]": None,
    "5": None,
    "null": None,
    "{}": "type",
    '{"type": "subscirbe"}': "type",
    '{"type": 5}': "type",
    '{"type": ["ping"]}': "type",
    '{"type": "ping", "topic": "reports"}': "topic",
    '{"type": "subscribe"}': "topic",
    '{"type": "subscribe", "topic": "realtimes"}': "topic",
    '{"type": "subscribe", "topic": "realtime", "since": 1}': "since",
    '{"type": "subscribe", "topic": "realtime", "last": "2d"}': "last",
    '{"type": "subscribe", "topic": "realtime", "metrics": ["evnets"]}': "metrics[0]",
    '{"type": "subscribe", "topic": "realtime", "filters": 5}': "filters",
    '{"type": "subscribe", "topic": "realtime", "limit": 1001}': "limit",
    '{"type": "subscribe", "topic": {}}': "topic",
    '{"type": "subscribe", "topic": "reports", "since": "1"}': "since",
    '{"type": "subscribe", "topic": "reports", "since": -1}': "since",
    '{"type": "subscribe", "topic": "reports", "since": true}': "since",
    '{"type": "subscribe", "topic": "reports", "since": 99999999999999999999}': "since",
    '{"type": "subscribe", "topic": "reports", "report": "abc"}': "report",
    '{"type": "subscribe", "topic": "reports", "report": 5}': "report",
    '{"type": "subscribe", "topic": "reports", "organization": "globex"}': "organization",
    '{"type": "unsubscribe", "topic": "weather"}': "topic",
    "[" * 4000: None,
    '"\\ud800"': None,
    "x" * (frames.LONGEST + 1): None,
}


def test_every_bad_frame_is_answered_and_the_socket_lives_on(door, acme):
    with door.of(token_of(acme)) as socket:
        for text, field in BAD.items():
            socket.connection.send(text)
            message = socket.next()
            assert (message["type"], message["error"]["status"]) == ("error", 400), text
            if field:
                assert field in [error["field"] for error in message["error"]["errors"]]
        socket.connection.send(b"\x00\xff")
        assert socket.next()["type"] == "error"
        assert socket.silent()


def test_the_nearest_name_is_offered(door, acme):
    with door.of(token_of(acme)) as socket:
        message = socket.ask(type="subscirbe", topic="reports")
        assert "subscribe" in message["error"]["errors"][0]["detail"]


def test_who_talks_too_much_is_sent_away(door, acme):
    with door.of(token_of(acme)) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            talk(socket)
        assert code_of(closed.value) == 4429


def talk(socket):
    for _ in range(200):
        socket.send(type="ping")
    for _ in range(200):
        socket.next()


def test_messages_are_compact_json():
    assert json.loads(frames.encode("pong")) == {"type": "pong"}
