"""Random lives of clients: each ends with its organization's events, in order, none twice."""

import random

import pytest
from websockets.exceptions import ConnectionClosed

from tests.reports.doors import token_of
from tests.reports.ws.moves import move, report_of

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 120
CLIENTS = 8
DEEDS = ("move",) * 6 + ("burst", "read", "read", "leave", "leave", "announce", "lose")


class Client:
    """A client that checks every event as it comes, and comes back with its last cursor."""

    def __init__(self, door, side):
        self.door, self.side = door, side
        self.last = -1
        self.opened = None
        self.connect()

    def connect(self):
        since = {} if self.last < 0 else {"since": self.last}
        self.opened = self.door.of(self.side.token)
        self.socket = self.opened.__enter__()
        known = self.socket.subscribe(**since)
        assert known["resync"] is False
        assert {report["id"] for report in known["reports"]} <= self.side.ids
        assert self.last < 0 or known["cursor"] == self.last
        self.last = known["cursor"]

    def disconnect(self):
        opened, self.opened = self.opened, None
        if opened:
            self.socket.break_off()
            opened.__exit__(None, None, None)

    def read(self, most):
        """Take up to so many of the events that have been committed.

        Who has not read for long was closed, and comes back.
        """
        for _ in range(min(most, self.side.newest - self.last)):
            try:
                [message] = self.socket.states(1)
            except ConnectionClosed:
                self.disconnect()
                self.connect()
                [message] = self.socket.states(1)
            assert message["cursor"] == self.last + 1
            assert message["report"]["id"] in self.side.ids
            self.last = message["cursor"]


class Side:
    """One organization: its reports, and the number of its newest event."""

    def __init__(self, organization):
        self.token = token_of(organization)
        self.reports = [report_of(organization) for _ in range(3)]
        self.ids = {str(report.pk) for report in self.reports}
        self.newest = 0


class Announcements:
    """What is announced comes through, or is lost."""

    def __init__(self, settings):
        self._settings = settings
        self._layers = settings.CHANNEL_LAYERS
        layer = self._layers["default"]
        nowhere = {**layer["CONFIG"], "hosts": ["redis://127.0.0.1:1/2"]}
        self._lost = {"default": {**layer, "CONFIG": nowhere}}

    def set(self, *, lost):
        self._settings.CHANNEL_LAYERS = self._lost if lost else self._layers


@pytest.mark.parametrize("seed", range(6))
def test_every_client_ends_with_every_event_of_its_own(door, wired, settings, acme, globex, seed):
    dice = random.Random(seed)
    announcements = Announcements(settings)
    sides = [Side(acme), Side(globex)]
    clients = [Client(door, dice.choice(sides)) for _ in range(CLIENTS)]
    try:
        for _ in range(STEPS):
            step(dice, announcements, sides, dice.choice(clients))
        announcements.set(lost=False)
        for client in clients:
            if client.opened is None:
                client.connect()
            client.read(10_000)
            assert client.last == client.side.newest
            assert client.socket.silent()
    finally:
        for client in clients:
            client.disconnect()


def step(dice, announcements, sides, client):
    match dice.choice(DEEDS):
        case "move" | "burst" as kind:
            side = dice.choice(sides)
            count = dice.randrange(1, 4) if kind == "move" else dice.randrange(60, 200)
            side.newest = move(dice.choice(side.reports), count)
        case "read":
            if client.opened:
                client.read(dice.randrange(1, 150))
        case "leave":
            if client.opened:
                client.disconnect()
            else:
                client.connect()
        case "announce":
            announcements.set(lost=False)
        case "lose":
            announcements.set(lost=True)


def test_a_cursor_from_another_life_is_told_to_start_afresh(door, wired, acme):
    report = report_of(acme)
    newest = move(report, 10)
    with door.of(token_of(acme)) as socket:
        known = socket.subscribe(since=newest + 1)
        assert (known["resync"], known["cursor"]) == (True, newest)
        assert [one["id"] for one in known["reports"]] == [str(report.pk)]
