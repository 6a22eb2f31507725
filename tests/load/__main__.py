"""Fills the queue of one organization, then asks for another: who is served, and when.

Asserts exact delivery and turns; times are printed beside the bars they have, and never asserted.
"""

import argparse
import json
import os
import signal
import sqlite3
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection

from tests.benchmarks.figures import Figure, say, show
from tests.live.stack import Stack, until

CALLERS = 8
LAST = 1_000
ALONE = 200
OTHERS = 20
SLOTS = 3
SUBMIT_BAR = 50.0
ENDED = "SELECT COUNT(*) FROM reports_report WHERE status = 'succeeded'"
BEFORE = """
SELECT COUNT(*) FROM reports_job crowd, reports_job other
WHERE other.id = (SELECT job_id FROM reports_report WHERE id = ?)
    AND crowd.organization_id <> other.organization_id
    AND crowd.started_at > ? AND crowd.started_at < other.started_at
"""
"""How many jobs of the crowd were begun between a job's being accepted and its own beginning."""


class Caller:
    """One keep-alive connection of an organization."""

    def __init__(self, port, token):
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def submit(self, number):
        """Submit a report that nobody else asks for; return its id and the milliseconds."""
        time_range = {"start": "2026-01-01T00:00:00Z", "end": f"2026-01-02T{_clock(number)}Z"}
        request = {"metrics": ["events"], "time_range": time_range}
        began = time.perf_counter()
        answer, body = self._send("POST", "/api/v1/reports", {"kind": "query", "request": request})
        assert answer == 202, body
        return json.loads(body)["id"], (time.perf_counter() - began) * 1000

    def ended(self, report):
        """Return whether the report has succeeded."""
        answer, body = self._send("GET", f"/api/v1/reports/{report}")
        assert answer == 200, body
        status = json.loads(body)["status"]
        assert status in {"queued", "running", "succeeded"}, body
        return status == "succeeded"

    def _send(self, method, path, body=None):
        payload = json.dumps(body) if body else None
        self._connection.request(method, path, payload, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def main(jobs):
    """Run the load and print what was found."""
    # A worker that stands still is replaced after two leases: it shall not be.
    stack = Stack({"TRELLIS_LEASE_SECONDS": "600"})
    try:
        stack.start()
        _load(stack, jobs)
        stack.stop()
    finally:
        stack.destroy()


def _load(stack, jobs):
    crowd, other = stack.organization("crowd"), stack.organization("other")
    worker = stack.pid("worker")
    os.kill(worker, signal.SIGSTOP)
    say(f"{jobs:,} reports of one organization, while the worker stands still")
    delays = _fill(stack.port, crowd, jobs)
    late = statistics.median(delays[-LAST:])
    name = f"submitting, {CALLERS} callers at once, the last {LAST:,}: median"
    show(Figure(name, late, "ms", SUBMIT_BAR))
    alone = Caller(stack.port, crowd)
    delays = [alone.submit(jobs + number)[1] for number in range(ALONE)]
    jobs += ALONE
    show(Figure("submitting, one caller: median", statistics.median(delays), "ms", SUBMIT_BAR))
    os.kill(worker, signal.SIGCONT)
    began = time.monotonic()
    until(lambda: _count(stack, ENDED), seconds=60, what="the first result")
    say(f"{OTHERS} reports of another organization, one after the other")
    overtaken, waits = _ask(stack, other)
    say(f"  {max(overtaken)} of the crowd at most were begun before one of them (slots: {SLOTS})")
    assert max(overtaken) <= SLOTS, overtaken
    say(f"  submit to result: median {statistics.median(waits):,.0f} ms, worst {max(waits):,.0f}")
    until(lambda: _count(stack, ENDED) >= jobs + OTHERS, seconds=3600, every=1.0, what="the rest")
    assert _count(stack, "SELECT COUNT(*) FROM reports_report") == jobs + OTHERS
    assert _count(stack, "SELECT MAX(attempt) FROM reports_job") == 1
    rate = jobs / (time.monotonic() - began)
    show(Figure("all delivered once, jobs/s", rate, "jobs/s", None))


def _fill(port, token, jobs):
    """Submit `jobs` reports on a few connections; return the milliseconds of each, in order."""
    callers = [Caller(port, token) for _ in range(CALLERS)]

    def fill(place):
        return [
            (time.monotonic(), callers[place].submit(n)[1]) for n in range(place, jobs, CALLERS)
        ]

    with ThreadPoolExecutor(CALLERS) as pool:
        told = sorted(one for found in pool.map(fill, range(CALLERS)) for one in found)
    return [delay for _, delay in told]


def _ask(stack, token):
    """Ask one report after the other; return how many went before each, and its milliseconds."""
    caller = Caller(stack.port, token)
    overtaken, waits = [], []
    for number in range(OTHERS):
        began = time.perf_counter()
        report, _ = caller.submit(number)
        accepted = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        until(lambda report=report: caller.ended(report), seconds=120, every=0.02, what=report)
        waits.append((time.perf_counter() - began) * 1000)
        overtaken.append(_count(stack, BEFORE, report.replace("-", ""), accepted))
    return overtaken, waits


def _count(stack, statement, *values):
    with closing(sqlite3.connect(stack.var / "trellis.sqlite3", timeout=30)) as connection:
        return connection.execute(statement, values).fetchone()[0]


def _clock(number):
    return f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make load")
    parser.add_argument("--jobs", type=int, default=10_000)
    main(parser.parse_args().jobs)
