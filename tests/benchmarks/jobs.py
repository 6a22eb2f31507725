"""Jobs a second of a kind that does nothing, through the whole path, against bare Celery no-ops.

The path: report and job committed as the doors do, the hint, the claim, the run, the result stored,
the end committed with its events and announced. Once with SQLite and once with PostgreSQL.
"""

import sys
import time
from contextlib import closing
from pathlib import Path
from subprocess import DEVNULL, PIPE

import psycopg
import redis
from celery import Celery

from tests.benchmarks import children
from tests.benchmarks.figures import Ratio, say, show
from tests.benchmarks.noop import app, counted
from tests.live.stack import BASE, Stack, until
from tests.postgres import Postgres

JOBS = 2_000
THREADS = 8
AIM = 0.5
SLUG = "idle"
IDLE = Path(__file__).resolve().parent / "idle"
ENDED = "SELECT COUNT(*) FROM reports_report WHERE status = 'succeeded'"


def run():
    """Print and return the ratios, each of two figures measured side by side."""
    say(f"{JOBS:,} jobs that do nothing, against as many bare Celery tasks on the same broker")
    ratios = [_ratio("SQLite", {}, None)]
    with Postgres(settings=("synchronous_commit=on",)) as server:
        ratios.append(_ratio("PostgreSQL", {"TRELLIS_DATABASE_URL": server.url}, server.url))
    return ratios


def _ratio(name, settings, url):
    """Measure ours and then the bare tasks, on one broker."""
    stack = Stack({**settings, "TRELLIS_JOBS_AT_ONCE": "100", "PYTHONPATH": str(IDLE)})
    try:
        stack.start()
        stack.organization(SLUG)
        _ours(stack, url, 1, JOBS // 10)
        ours, bare = _ours(stack, url, JOBS, JOBS), _bare(stack)
        stack.stop()
    finally:
        stack.destroy()
    title = f"jobs that do nothing ({name}) / bare Celery tasks"
    ratio = Ratio(title, ours, bare, "a second", AIM)
    show(ratio)
    return ratio


def _ours(stack, url, first, count):
    """Return jobs a second from the first submit to the last end."""
    argv = [sys.executable, "-m", "tests.benchmarks.submitting", SLUG, str(first), str(count)]
    environment = stack.environment() | {"DJANGO_SETTINGS_MODULE": "warehouse.settings"}
    environment["PYTHONPATH"] = f"{IDLE}:{BASE}"
    before = _ended(stack, url)
    with children.running(argv, environment, stdin=PIPE, stdout=PIPE) as sender:
        assert sender.stdout.readline() == b"there\n"
        began = time.perf_counter()
        sender.communicate(b"begin\n")
        assert sender.returncode == 0
        until(lambda: _ended(stack, url) - before >= count, seconds=600, every=0.1, what="an end")
        seconds = time.perf_counter() - began
    assert _ended(stack, url) - before == count
    return count / seconds


def _ended(stack, url):
    if url:
        with psycopg.connect(url) as connection:
            found = connection.execute(ENDED).fetchone()
            return found[0] if found else 0
    return stack.relational(ENDED)[0][0]


def _bare(stack):
    """Return tasks a second from the first send to the last end."""
    broker = f"{stack.redis_url}/0"
    environment = stack.environment() | {"BENCHMARK_BROKER": broker}
    argv = [sys.executable, "-m", "celery", "-A", "tests.benchmarks.noop", "--quiet", "worker"]
    argv += ["-P", "threads", "-c", str(THREADS), "-l", "error"]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    sender = Celery("sender", broker=broker)
    with (
        sender,
        children.running(argv, environment, stdout=DEVNULL, stderr=DEVNULL),
        closing(redis.Redis.from_url(broker)) as server,
    ):
        sender.send_task(counted.name, ("warm",), queue=app.conf.task_default_queue)
        until(lambda: server.get("warm"), seconds=60, what="the bare worker")
        began = time.perf_counter()
        for _ in range(JOBS):
            sender.send_task(counted.name, ("count",), queue=app.conf.task_default_queue)
        until(lambda: server.get("count") == str(JOBS).encode(), seconds=600, every=0.02)
        return JOBS / (time.perf_counter() - began)
