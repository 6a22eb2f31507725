"""A socket that is dropped again and again and reconnects with its cursor, noting every event."""

import json
import threading
import time
from contextlib import suppress
from itertools import pairwise
from typing import Any

from websockets.exceptions import WebSocketException

from reports.lifecycle import EVENTS, LEGAL
from tests.live.client import FINAL

STATUS = {type_: status for status, type_ in EVENTS.items()}
TURN_SECONDS = 0.2


class Listener:
    """Listens in a thread of its own from the newest event on."""

    def __init__(self, client, chance):
        self._client, self._chance = client, chance
        self.first: int | None = None
        self.cursor: int | None = None
        self.heard: list[dict[str, Any]] = []
        self.drops = 0
        self.wrong: list[str] = []
        self.ready = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener")
        self._thread.start()

    def close(self):
        """End the thread."""
        self._over.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def paths(self):
        """Return each report's statuses in the order in which they were told."""
        found: dict[str, list[str]] = {}
        for event in list(self.heard):
            found.setdefault(event["report"]["id"], []).append(STATUS[event["type"]])
        return found

    def check(self, newest, reports):
        """Fail unless every event up to `newest` has come, in order and once, and makes sense."""
        assert not self.wrong, self.wrong
        cursors = [event["cursor"] for event in self.heard]
        assert self.first is not None
        assert cursors == list(range(self.first + 1, newest + 1)), (self.first, newest, cursors)
        for report in reports:
            path = self.paths()[report]
            assert path[0] == "queued", (report, path)
            steps = pairwise(path)
            assert all(after in LEGAL[before] for before, after in steps), (report, path)
            assert [status for status in path if status in FINAL] == path[-1:], (report, path)

    def _run(self):
        while not self._over.is_set():
            # A door that is down is knocked at again.
            with suppress(OSError, WebSocketException, TimeoutError):
                self._listen()
            self._over.wait(0.05)

    def _listen(self):
        with self._client.socket() as socket:
            subscribe = {"type": "subscribe", "topic": "reports", "since": self.cursor}
            socket.send(json.dumps(subscribe))
            until = time.monotonic() + self._chance.uniform(0.3, 3.0)
            while not self._over.is_set() and time.monotonic() < until:
                with suppress(TimeoutError):
                    self._note(json.loads(socket.recv(timeout=TURN_SECONDS)))
            self.drops += 1

    def _note(self, message):
        if message["type"] == "subscribed":
            if message["resync"]:
                self.wrong.append(f"told to start afresh at {self.cursor}")
            if self.first is None:
                self.first = self.cursor = message["cursor"]
            self.ready.set()
        elif message["type"] in STATUS:
            self.heard.append(message)
            self.cursor = message["cursor"]
        elif message["type"] == "error":
            self.wrong.append(str(message))
