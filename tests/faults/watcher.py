"""Asks for reports of every kind and size, and finds whatever a fault has done to them."""

import hashlib
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.faults import questions
from tests.faults.bars import AFTER_SECONDS, ANSWER_SECONDS, HEARD_SECONDS, TIDY_SECONDS
from tests.faults.ledger import Line
from tests.faults.listener import Listener
from tests.live.client import FINAL
from tests.live.stack import until


@dataclass
class Asked:
    """A report that was asked for: its question, and whether its asker gave it up."""

    id: str
    question: questions.Question
    cancelled: bool = False
    status: str = ""


class Watcher:
    """The reports of one round, and a socket that hears of them."""

    def __init__(self, stack, client, chance, line):
        self.stack, self.client, self.chance, self.line = stack, client, chance, line
        self.asked: list[Asked] = []
        self.given_up_later: list[Asked] = []
        self.known = stack.newest_job()
        self.listener = Listener(client, chance)
        assert self.listener.ready.wait(20), self.listener.wrong

    def ask(self, *kinds):
        """Submit reports: those of `kinds`, or of each, and shared, forced and given up ones."""
        for kind in kinds:
            self.submit(kind(self.chance))
        if kinds:
            return
        wanted = [kind(self.chance) for kind in questions.KINDS]
        self.chance.shuffle(wanted)
        for question in wanted:
            self.submit(question)
        self.submit(questions.by_source(self.chance), forced=True)
        shared = questions.slow(self.chance)
        self.submit(shared)
        self.cancel(self.submit(shared))
        given_up = self.submit(questions.slow(self.chance))
        if self.chance.random() < 0.5:
            self.cancel(given_up)
        else:
            self.given_up_later.append(given_up)

    def submit(self, question, *, forced=False):
        """Submit one report: answered 202, or a clear 503 and then again, in bounded time."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"kind": question.kind, "request": question.request}
        path = "/reports"
        if forced:
            key |= {"Cache-Control": "no-cache", "Prefer": "respond-async"}
            path, body = f"/analytics/{question.kind}", question.request
        answer = until(
            lambda: self._post(path, body, key), seconds=6 * ANSWER_SECONDS, what="a submit"
        )
        asked = Asked(answer.json()["id"], question)
        self.asked.append(asked)
        return asked

    def cancel(self, asked):
        """Give a report up; one that has ended already is not given up."""
        answer = self.client.persist("POST", f"/reports/{asked.id}/cancel")
        assert answer.status_code in {202, 409}, answer.text
        asked.cancelled = answer.status_code == 202

    def again(self, asked):
        """Retry a failed report and wait for its right answer."""
        answer = self.client.persist("POST", f"/reports/{asked.id}/retry")
        assert answer.status_code == 202, answer.text
        asked.status = ""
        assert until(lambda: self.ended(asked), what="an end") == "succeeded"
        self._check_result(asked)

    def ended(self, asked):
        """Return the final status of a report, or None while it has none."""
        return self._look(asked) if self._look(asked) in FINAL else None

    def attempts(self):
        """Return how often the jobs of all reports were begun that were begun at all."""
        ids = ", ".join(f"'{uuid.UUID(asked.id).hex}'" for asked in self.asked)
        jobs = f"SELECT job_id FROM reports_report WHERE id IN ({ids})"
        rows = self.stack.relational(f"SELECT attempt FROM reports_job WHERE id IN ({jobs})")
        return {attempt for (attempt,) in rows} - {0}

    def running(self, count=1):
        """Wait until so many reports are running."""
        until(lambda: self._count("running") >= count, every=0.01, what="running reports")

    def settle(self, ended, *, may_fail=()):
        """Check everything there is to check, given the moment at which the fault ended.

        `may_fail` holds the codes of problems with which reports may have failed.
        """
        for asked in self.given_up_later:
            self.cancel(asked)
        self._await_ends(ended)
        newest = self._newest()
        until(
            lambda: (self.listener.cursor or 0) >= newest,
            seconds=HEARD_SECONDS,
            what="the last event",
        )
        self.listener.close()
        self._count_events()
        self.listener.check(newest, {asked.id for asked in self.asked})
        for asked in self.asked:
            self._check(asked, may_fail)
        until(lambda: not self.stack.queries(), seconds=TIDY_SECONDS, what="an idle engine")
        until(self._tidy, seconds=TIDY_SECONDS, what=self._untidy())

    def _await_ends(self, ended):
        open_, deadline = list(self.asked), ended + AFTER_SECONDS
        while open_ and time.monotonic() < deadline:
            open_ = [asked for asked in open_ if self._look(asked) not in FINAL]
            self.line.worst = max(self.line.worst, time.monotonic() - ended)
            time.sleep(0.05 if open_ else 0)
        self.line.reports += len(self.asked)
        self.line.lost += len(open_)
        assert not open_, (
            [self.client.report(asked.id) for asked in open_],
            [line for line in self.stack.output.splitlines() if line.startswith("trellis ")][-9:],
            self.stack.relational("SELECT name, started_at, seen_at FROM warehouse_worker"),
        )

    def _check(self, asked, may_fail):
        document = self.client.report(asked.id)
        told = self.listener.paths().get(asked.id, [])[-1:]
        assert told == [document["status"]] == [asked.status], (told, document, asked)
        if asked.cancelled:
            assert asked.status == "cancelled", document
        elif asked.status == "failed":
            self.line.failed += 1
            assert document["error"]["code"] in may_fail, document
            assert document["error"]["detail"], document
        else:
            assert asked.status == "succeeded", document
            self._check_result(asked)

    def _check_result(self, asked):
        path = f"/reports/{asked.id}/result"
        answer = self.client.persist("GET", path, params={"format": "json"})
        assert answer.status_code == 200, answer.text
        assert hashlib.sha256(answer.content).hexdigest() == answer.headers["X-Content-SHA256"]
        assert int(answer.headers["X-Row-Count"]) == len(asked.question.rows)
        asked.question.check(questions.parse(answer.content))

    def _post(self, path, body, headers):
        began = time.monotonic()
        try:
            answer = self.client.http.post(path, json=body, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.TimeoutException as error:
            raise AssertionError(f"no answer to {path} in {ANSWER_SECONDS} s") from error
        assert time.monotonic() - began < ANSWER_SECONDS
        assert answer.status_code in {202, 503}, answer.text
        if answer.status_code == 503:
            assert answer.json()["code"], answer.text
        return answer if answer.status_code == 202 else None

    def _look(self, asked):
        if asked.status not in FINAL:
            asked.status = self.client.report(asked.id)["status"]
        return asked.status

    def _count(self, state):
        question = f"SELECT count(*) FROM reports_job WHERE state = '{state}'"
        return self.stack.relational(question)[0][0]

    def _newest(self):
        return self.stack.relational("SELECT max(cursor) FROM reports_reportevent")[0][0]

    def _count_events(self):
        heard = [event["cursor"] for event in self.listener.heard]
        paths = self.listener.paths().values()
        ends = [sum(status in FINAL for status in path) for path in paths]
        self.line.events += len(heard)
        self.line.drops += self.listener.drops
        self.line.doubled += len(heard) - len(set(heard)) + sum(max(0, end - 1) for end in ends)
        self.line.again += sum(path.count("running") > 1 for path in paths)

    def _tidy(self):
        return self.stack.stored(self.known) == self.stack.named(self.known)

    def _untidy(self):
        return f"a tidy store: {self.stack.stored(self.known) ^ self.stack.named(self.known)}"


@contextmanager
def watching(stack, client, chance, line: Line):
    """Watch one round; the socket's thread ends however the round does."""
    watcher = Watcher(stack, client, chance, line)
    try:
        yield watcher
        stack.disarm()
    finally:
        watcher.listener.close()
