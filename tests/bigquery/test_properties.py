"""Whatever is sent, erased, forgotten, broken off or refused: in the end both hold the same."""

import itertools
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bigquery.test_copying import here, there
from tests.enrichment.senders import send, view
from warehouse.copying import claims
from warehouse.custody import errands, orders
from warehouse.models import Day
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

NAMES = itertools.count()
DAYS, VISITORS = st.integers(1, 3), st.sampled_from(["v1", "v2", "é'\"`"])
STEPS = st.one_of(
    st.tuples(st.just("send"), DAYS, VISITORS),
    st.tuples(st.just("erase"), VISITORS),
    st.tuples(st.just("forget"), DAYS),
    st.tuples(st.just("copy")),
    st.tuples(st.just("refuse"), st.integers(1, 12)),
    st.tuples(st.just("lose"), st.integers(1, 3)),
    st.tuples(st.just("die")),
)


class Course:
    """One organization, to which things happen."""

    def __init__(self, station, service):
        self.station, self.service = station, service
        name = f"course-{next(NAMES)}"
        self.organization = Organization.objects.create(slug=name, name=name)

    def send(self, day, visitor):
        event = view(event_time=f"2026-03-0{day}T10:00:00Z", visitor_id=visitor, url="/é")
        send(self.organization, event, event | {"event_id": f"e-{next(NAMES)}"})
        self.station.store()

    def erase(self, visitor):
        actor = Actor("user:1", "alice")
        now = self.station.now
        self.station.done(orders.erase_visitor(self.organization, visitor, actor=actor, now=now))

    def forget(self, day):
        asked = {"first_day": f"2026-03-0{day}"}
        actor, now = Actor(), self.station.now
        self.station.done(
            errands.create("retention", self.organization, asked, actor=actor, now=now)
        )

    def copy(self):
        self.station.now += timedelta(minutes=11)
        self.station.copy()

    def refuse(self, calls):
        self.service.failing = calls
        self.copy()
        self.service.failing = 0

    def lose(self, answers):
        self.service.losing = answers
        self.copy()
        self.service.losing = 0

    def die(self):
        copier = self.station.copier
        claims.claim(copier.place, owner=copier.owner, now=self.station.now)

    def end(self):
        self.station.now += claims.LEASE
        self.copy()


def test_both_hold_the_same_in_the_end(station, service):
    @settings(
        max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(steps=st.lists(STEPS, min_size=2, max_size=7))
    def run(steps):
        course = Course(station, service)
        for name, *values in steps:
            getattr(course, name)(*values)
        course.end()
        assert there(service, course.organization) == here(station, course.organization)
        days = Day.objects.filter(organization_id=course.organization.pk)
        assert len(there(service, course.organization)) == sum(day.rows for day in days)
        assert not station.copier.bigquery.tables("staging")

    run()
