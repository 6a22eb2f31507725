"""Submit to result of a trivial query over HTTP, against a bare Celery round trip."""

import http.client
import json
import sys
import time
import uuid
from contextlib import closing
from statistics import median
from subprocess import DEVNULL

import redis

from tests.benchmarks import children
from tests.benchmarks.figures import Ratio, say, show, spread
from tests.benchmarks.noop import app, listed, noop

ROUNDS = 200
WARM = 20
AIM = 3.0
PATIENCE = 30


def run(stack, token):
    """Print and return the ratios; all sides take turns on one broker."""
    say("Submit → result, less the engine's time, against a bare Celery round trip")
    broker = f"{stack.redis_url}/0"
    environment = stack.environment() | {"BENCHMARK_BROKER": broker}
    argv = [sys.executable, "-m", "celery", "-A", "tests.benchmarks.noop", "--quiet", "worker"]
    argv += ["-P", "threads", "-c", "10", "-l", "error"]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with (
        children.running(argv, environment, stdout=DEVNULL, stderr=DEVNULL),
        closing(_Bare(broker)) as bare,
        closing(_Ours(stack.port, token)) as ours,
    ):
        bare.listed()
        rounds = [
            (ours.ask(number), bare.trip(), bare.listed()) for number in range(WARM + ROUNDS)
        ][WARM:]
    totals = [total for (total, _), _, _ in rounds]
    rest = [total - engine for (total, engine), _, _ in rounds]
    trips = [trip for _, trip, _ in rounds]
    lists = [trip for _, _, trip in rounds]
    spread("submit → result", totals, "ms")
    spread("of which not the engine", rest, "ms")
    spread("bare Celery, its own result backend", trips, "ms")
    spread("bare Celery, result through a Redis list", lists, "ms")
    return [
        _ratio("job overhead / bare Celery round trip", rest, trips),
        _ratio("job overhead / bare Celery with a Redis list", rest, lists),
    ]


def _ratio(name, rest, trips):
    ratio = Ratio(name, median(rest), median(trips), "ms", AIM, at_most=True)
    show(ratio)
    return ratio


class _Ours:
    """The product: one keep-alive connection, each question about another window."""

    def __init__(self, port, token):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Prefer": "wait=30",
        }

    def ask(self, number):
        """Return the milliseconds until the result and those of them the engine took."""
        end = f"2026-01-31T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        time_range = {"start": "2026-01-01T00:00:00Z", "end": end}
        body = json.dumps({"metrics": ["events"], "time_range": time_range})
        began = time.perf_counter()
        self._connection.request("POST", "/api/v1/analytics/query", body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        total = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise AssertionError(content.decode())
        return total, float(json.loads(content)["meta"]["elapsed_ms"])

    def close(self):
        self._connection.close()


class _Bare:
    """Celery alone: send, and wait for what the task writes."""

    def __init__(self, broker):
        app.conf.update(broker_url=broker, result_backend=broker)
        self._server = redis.Redis.from_url(broker)

    def trip(self):
        """Return the milliseconds of one round trip as Celery offers it."""
        began = time.perf_counter()
        noop.delay().get(timeout=PATIENCE)
        return (time.perf_counter() - began) * 1000

    def listed(self):
        """Return the milliseconds of one round trip whose answer comes through a Redis list."""
        key = f"benchmark:{uuid.uuid4().hex}"
        began = time.perf_counter()
        listed.delay(key)
        if self._server.brpop([key], timeout=PATIENCE) is None:
            raise AssertionError("the bare Celery worker did not answer")
        return (time.perf_counter() - began) * 1000

    def close(self):
        self._server.close()
