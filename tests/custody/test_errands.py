"""Errands are done once each, one after the other, whoever dies, and what fails is tried again."""

import hashlib
import threading
import uuid
from datetime import timedelta

import pytest

from tests.enrichment.senders import LEASE, NOW
from warehouse.custody import errands
from warehouse.custody.models import Errand
from warehouse.custody.runner import NotYet, Runner, Stopping, Task
from warehouse.exceptions import NotFound, SourceUnavailable
from warehouse.tenancy.audit import Actor

pytestmark = pytest.mark.django_db
OWNER = uuid.UUID(int=1)
ACTOR = Actor("user:1", "alice")


def ask(organization, kind="takeout", now=NOW, **request):
    return errands.create(kind, organization, request, actor=ACTOR, now=now)


def claim(now=NOW, owner=OWNER):
    return errands.claim(owner=owner, now=now, lease=LEASE)


def runner(work, now=NOW, stopping=None):
    return Runner(
        works={"takeout": work},
        owner=OWNER,
        clock=lambda: now,
        lease=LEASE,
        stopping=stopping or threading.Event(),
    )


def test_errands_of_one_organization_wait_for_each_other(acme, globex):
    first, second = ask(acme), ask(acme, now=NOW + timedelta(seconds=1))
    other = ask(globex, now=NOW + timedelta(seconds=2))
    later = NOW + timedelta(seconds=5)
    assert [claim(later), claim(later), claim(later)] == [first, other, None]
    errands.succeed(Errand.objects.get(pk=first.pk), now=later)
    assert claim(later) == second


def test_organizations_take_turns_whoever_asked_first_and_for_how_much(acme, globex):
    for place in range(5):
        ask(acme, now=NOW + timedelta(seconds=place))
    for place in range(2):
        ask(globex, now=NOW + timedelta(minutes=1, seconds=place))
    served = []
    for minute in range(2, 9):
        now = NOW + timedelta(minutes=minute)
        errand = claim(now)
        assert errand
        served.append(errand.organization_slug)
        errands.succeed(errand, now=now)
    assert served == ["acme", "globex", "acme", "globex", "acme", "acme", "acme"]


def test_one_asked_for_in_the_same_instant_waits_as_well(acme):
    ask(acme)
    ask(acme)
    assert claim()
    assert claim() is None


def test_nothing_is_begun_before_its_time(acme):
    errands.create("takeout", acme, {}, actor=ACTOR, now=NOW, after=timedelta(seconds=10))
    assert claim(NOW + timedelta(seconds=9)) is None
    assert claim(NOW + timedelta(seconds=10))


def test_a_dead_workers_errand_is_taken_up_and_the_dead_one_changes_nothing(acme):
    ask(acme)
    dead = claim()
    assert claim(NOW + LEASE - timedelta(seconds=1)) is None
    heir = claim(NOW + LEASE)
    assert (heir, heir.deaths, heir.attempt) == (dead, 1, 2)
    for move in (
        lambda: errands.renew(dead, now=NOW, lease=LEASE),
        lambda: errands.remember(dead, stage="x", fraction=0.5),
        lambda: errands.put_off(dead, now=NOW, wait=LEASE),
        lambda: errands.succeed(dead, now=NOW),
        lambda: errands.trouble(dead, SourceUnavailable(), now=NOW),
    ):
        with pytest.raises(errands.LostErrand):
            move()
    errands.succeed(heir, now=NOW)


def test_one_that_takes_workers_with_it_is_given_up(acme):
    ask(acme)
    now = NOW
    for _ in range(errands.MAX_DEATHS):
        assert claim(now)
        now += LEASE
    assert claim(now) is None
    errand = Errand.objects.get()
    assert (errand.state, (errand.error or {})["code"]) == ("failed", "job-poisoned")


def test_a_worker_alone_takes_over_at_once(acme):
    ask(acme)
    assert claim(owner=uuid.uuid4())
    errands.take_over(owner=OWNER, now=NOW)
    assert claim()


def test_a_failure_is_tried_again_later_and_told(acme):
    errand = ask(acme)

    def refuse(task):
        raise SourceUnavailable("The store is away.")

    assert runner(refuse).work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.error["detail"]) == ("queued", "The store is away.")
    assert errand.run_after > NOW


def test_too_many_failures_without_progress_end_it(acme):
    errand = ask(acme)

    def broken(task):
        raise ValueError

    now = NOW
    for _ in range(errands.MAX_FAILURES):
        assert runner(broken, now).work_once()
        now += timedelta(minutes=10)
    errand.refresh_from_db()
    assert (errand.state, errand.error["code"]) == ("failed", "internal-error")
    assert not runner(broken, now).work_once()


def test_progress_forgives_failures(acme):
    errand = ask(acme)
    Errand.objects.update(failures=errands.MAX_FAILURES - 1)

    def step(task):
        task.once("half", 0.5, lambda: None)
        raise SourceUnavailable

    runner(step).work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.failures, errand.stage) == ("queued", 1, "half")


def test_saving_alone_is_no_progress(acme):
    errand = ask(acme)

    def stuck(task):
        task.save("the same again", 0.5)
        raise SourceUnavailable

    now = NOW
    for _ in range(errands.MAX_FAILURES):
        assert runner(stuck, now).work_once()
        now += timedelta(minutes=10)
    errand.refresh_from_db()
    assert errand.state == "failed"


def test_waiting_is_no_failure(acme):
    errand = ask(acme)

    def wait(task):
        raise NotYet(timedelta(seconds=7))

    runner(wait).work_once()
    errand.refresh_from_db()
    assert (errand.failures, errand.run_after) == (0, NOW + timedelta(seconds=7))


def test_a_worker_that_stops_hands_its_errand_on_at_once(acme):
    errand = ask(acme)
    stopping = threading.Event()

    def work(task):
        stopping.set()
        with pytest.raises(Stopping):
            task.alive()
        raise Stopping

    runner(work, stopping=stopping).work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.deaths) == ("queued", 0)
    assert claim()


def test_a_step_is_done_once_and_its_memory_kept(acme):
    errand = ask(acme)
    done = []

    def second():
        done.append(2)
        if len(done) < 3:
            raise SourceUnavailable

    def work(task):
        task.once("one", 0.1, lambda: done.append(1))
        task.once("two", 0.2, second)
        errands.succeed(task.errand, now=NOW)

    runner(work).work_once()
    errand.refresh_from_db()
    assert errand.memory == {"done": ["one"]}
    runner(work, NOW + timedelta(minutes=1)).work_once()
    errand.refresh_from_db()
    assert (errand.state, done) == ("succeeded", [1, 2, 2])


def test_calling_off_stops_what_runs_at_its_next_step(acme):
    ask(acme)
    held = claim()
    assert errands.call_off(acme.pk, now=NOW) == 1
    with pytest.raises(errands.LostErrand):
        Task(held, lambda: errands.renew(held, now=NOW, lease=LEASE), lambda: NOW).alive()


def call_off(organization, now):
    errands.call_off(organization.pk, now=now)


def fail(organization, now):
    errand = claim(now)
    assert errand
    errand.failures = errands.MAX_FAILURES
    assert errands.trouble(errand, SourceUnavailable(), now=now)


def poison(organization, now):
    Errand.objects.update(deaths=errands.MAX_DEATHS)
    assert claim(now)
    assert claim(now + LEASE) is None


@pytest.mark.parametrize("end", [call_off, fail, poison])
def test_however_it_ends_no_visitor_is_named_afterwards(acme, end):
    ask(acme, "visitor", visitor_id="jane@example.com")
    Errand.objects.update(memory={"days": ["2026-03-01"]})
    end(acme, NOW)
    errand = Errand.objects.get()
    digest = hashlib.sha256(b"jane@example.com").hexdigest()
    assert (errand.state, errand.request) == ("failed", {"visitor_sha256": digest})
    assert errand.memory == {}


def test_a_failed_deletion_keeps_what_it_must_know_to_go_on(acme):
    ask(acme, "organization", users=True)
    Errand.objects.update(memory={"done": ["results"]})
    fail(acme, NOW)
    errand = Errand.objects.get()
    assert (errand.request, errand.memory) == ({"users": True}, {"done": ["results"]})


def test_what_is_not_there_is_not_found():
    for name in ("x", str(uuid.uuid4()), "\0"):
        with pytest.raises(NotFound):
            errands.find(name)
