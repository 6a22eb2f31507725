"""A real worker of Celery: takes a job by hint, without the broker too, and stops in order."""

import os
import signal
import subprocess
import sys
import time

import pytest
from standardwebhooks import Webhook

from tests.reports.webhooks.receiver import receiving, until

ASK = """
import django
django.setup()
from reports import jobs
from reports.waiting import WAITERS
from warehouse import clock
from warehouse.models import Worker
from warehouse.tenancy.models import Organization

acme, _ = Organization.objects.get_or_create(slug="acme", defaults={"name": "Acme"})
report = jobs.submit(kind="query", body={"metrics": ["events"]}, tenant=acme.as_tenant(),
                     subject="key:1", now=clock.now(), timeout_seconds=30, force=True)
WAITERS.wait(report.pk, 30)
print(jobs.find(report.pk, acme.as_tenant()).status, Worker.objects.count())
"""
ORDER = (
    ASK
    + """
from reports.exports import orders
from reports.formats import FORMATS
from reports.models import Job

source = Job.objects.latest("pk")
for name in FORMATS:
    if name != "parquet":
        export = orders.order(source, FORMATS[name], now=clock.now())
        WAITERS.wait(f"export:{export.pk}", 30, lambda _: orders.ended(export.pk))
        export.refresh_from_db()
        print(name, export.state)
"""
)


HOOK = """
import sys
from uuid import uuid4
import django
django.setup()
from reports import jobs
from reports.models import Delivery, Webhook
from reports.webhooks import secrets
from warehouse import clock
from warehouse.tenancy.models import Organization

acme = Organization.objects.create(slug="acme", name="Acme")
secret = secrets.make()
Webhook.objects.create(organization=acme, url=sys.argv[1], events=["report.succeeded"],
                       secret=secrets.seal(secret), created_at=clock.now(), created_by="key:1")
jobs.submit(kind="query", body={"metrics": ["events"]}, tenant=acme.as_tenant(),
            subject="key:1", now=clock.now(), timeout_seconds=30)
print(secret)
"""


class Site:
    """A folder, a Redis and a worker of the test's own."""

    def __init__(self, folder, redis_server):
        self.redis = redis_server
        self.env = os.environ | {
            "TRELLIS_VAR": str(folder),
            "TRELLIS_REDIS_URL": redis_server.url,
            "DJANGO_SETTINGS_MODULE": "warehouse.settings",
            "TRELLIS_RECONCILE_MS": "200",
            "TRELLIS_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        self.log = (folder / "worker.log").open("w+")
        self.python("manage.py", "migrate", "-v0")
        self.worker = self.start("worker", "-P", "threads", "--without-mingle", "--without-gossip")

    def python(self, *words):
        done = subprocess.run(
            [sys.executable, *words], env=self.env, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "warehouse.celery", *words],
            env=self.env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def ask(self):
        return self.python("-c", ASK)

    def close(self):
        if self.worker.poll() is None:
            self.worker.kill()
        self.worker.wait(10)
        self.log.close()


@pytest.fixture
def site(tmp_path, redis_server):
    site = Site(tmp_path, redis_server)
    yield site
    site.close()


def test_jobs_are_run_with_the_broker_and_without(site):
    assert site.ask() == ["succeeded", "1"]
    site.redis.kill()
    assert site.ask() == ["succeeded", "1"]
    site.redis.start()
    assert site.ask() == ["succeeded", "1"]
    site.worker.send_signal(signal.SIGTERM)
    assert site.worker.wait(30) == 0


def test_a_webhook_is_told_of_what_a_worker_did(site):
    with receiving() as receiver:
        [secret] = site.python("-c", HOOK, receiver.url("/hook"))
        [(path, headers, body)] = until(lambda: receiver.got, 60)
    message = Webhook(secret).verify(body, dict(headers))
    assert (path, message["type"]) == ("/hook", "report.succeeded")
    assert message["data"]["report"]["status"] == "succeeded"


def test_exports_are_made_in_a_slot_of_their_own(site):
    found = site.python("-c", ORDER)[2:]
    assert dict(zip(found[::2], found[1::2], strict=True)) == dict.fromkeys(
        ("json", "csv", "ndjson", "arrow", "xlsx"), "succeeded"
    )


def test_beat_wakes_the_worker(site):
    beat = site.start("beat", "--pidfile=")
    try:
        deadline = time.monotonic() + 60
        look = "import django; django.setup(); from warehouse.models import Worker; print(*[w.woken_at for w in Worker.objects.all()])"  # noqa: E501
        while site.python("-c", look) in ([], ["None"]):
            assert time.monotonic() < deadline, "the canary has not come"
            time.sleep(0.5)
    finally:
        beat.terminate()
        beat.wait(20)
