"""A worker of errands in the test's own thread, on the real engine, store and Redis."""

import threading
import uuid
from datetime import timedelta

from discovery.campaigns import standing
from enrichment import storing
from reports import dispatch
from reports.kinds import KINDS
from reports.monitor import Monitor
from reports.runner import Runner as Reports
from tests.enrichment.senders import LEASE, NOW, OWNER
from warehouse.cache.l2 import L2
from warehouse.copying.rounds import Copier
from warehouse.custody import errands
from warehouse.custody.models import Errand
from warehouse.custody.runner import Runner
from warehouse.sources.redis import connect
from warehouse.worker import custody
from warehouse.worker.process import Process
from warehouse.worker.slots import Slots

KEEP = timedelta(days=7)


class Station:
    """Does what workers do, one piece at a time, at a time that the test moves on."""

    copier: Copier | None = None

    def __init__(self, clickhouse, redis):
        self.now = NOW
        self.clickhouse = clickhouse
        self.redis = redis
        self.cache = L2(connect(redis["cache"]))

    def clock(self):
        return self.now

    def works(self, clickhouse=None):
        process = Process(
            id=OWNER,
            name="test",
            alone=False,
            slots=Slots({"bulk": 1}),
            clickhouse=clickhouse or self.clickhouse,
            cache=self.cache,
            clock=self.clock,
            copier=self.copier,
        )
        return custody.works(process, keep=KEEP)

    def runner(self, works=None, owner=None):
        return Runner(
            works=works or self.works(),
            owner=owner or uuid.uuid4(),
            clock=self.clock,
            lease=LEASE,
            stopping=threading.Event(),
        )

    def store(self):
        """Store every batch that waits, and roll up every day that is marked."""
        while storing.work_once(
            self.clickhouse, owner=OWNER, clock=self.clock, lease=LEASE, rules=standing.of
        ):
            pass

    def errands(self, works=None, *, storing=True):
        """Do errands, and store, until no errand is open; time goes on in between."""
        runner = self.runner(works)
        for _ in range(60):
            if not Errand.objects.filter(state__in=("queued", "running")).exists():
                return
            self.now += timedelta(seconds=11)
            runner.work_once()
            if storing:
                self.store()
        raise AssertionError([vars(errand) for errand in Errand.objects.all()])

    def done(self, errand, works=None, *, storing=True):
        """Do everything, and return the errand as it has ended."""
        self.errands(works, storing=storing)
        errand.refresh_from_db()
        assert errand.state == "succeeded", errand.error
        return errand

    def answer(self):
        """Run one report that waits."""
        worker = dispatch.Worker(OWNER, 30, 100)
        job = dispatch.claim(queue="reports", worker=worker, now=self.now)
        assert job
        monitor = Monitor(
            self.clickhouse, clock=self.clock, lease_seconds=30, stopping=threading.Event()
        )
        Reports(
            kinds=KINDS,
            clickhouse=self.clickhouse,
            cache=self.cache,
            monitor=monitor,
            clock=self.clock,
            keep=KEEP,
        ).run(job)
        job.refresh_from_db()
        return job


def take(station):
    """Claim the errand that is due, as another worker would."""
    return errands.claim(owner=uuid.uuid4(), now=station.now, lease=LEASE)
