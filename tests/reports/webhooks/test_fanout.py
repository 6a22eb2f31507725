"""From the journal to deliveries: each webhook is told what it asked for, once, nothing else."""

import threading
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import jobs, journal
from reports.models import Delivery, Report, Webhook
from reports.webhooks import fanout
from reports.webhooks.fanout import EVENTS, spread
from tests.reports.builders import NOON, after, submit
from tests.reports.webhooks.builders import hook

TYPES = (*EVENTS, "report.queued", "report.started")


def happen(organization, *types):
    """Write events of these types about a report."""
    report = Report.objects.filter(organization=organization).first() or submit(organization)
    for type_ in types:
        journal.record([report], type_, now=NOON)


def told(one):
    rows = Delivery.objects.filter(webhook=one).order_by("event")
    return [row.type for row in rows]


@pytest.mark.django_db
class TestTelling:
    def test_what_was_asked_for_is_told_with_the_report(self, acme):
        one = hook(acme, events=EVENTS)
        report = submit(acme)
        jobs.cancel(report, now=after(1))
        assert spread(now=after(2)) == 1
        [row] = Delivery.objects.all()
        assert (row.webhook, row.type, row.report_id) == (one, "report.cancelled", report.pk)
        assert row.payload["report"]["id"] == str(report.pk)
        assert row.payload["report"]["status"] == "cancelled"
        # It says when it happened, however late that is told.
        assert (row.state, row.due_at, row.created_at) == ("pending", after(2), after(1))
        assert spread(now=after(3)) == 0

    def test_a_question_whose_asker_hears_by_itself_is_not_told(self, acme):
        hook(acme, events=EVENTS)
        told, untold = submit(acme), submit(acme, question="other", announced=False)
        for report in (told, untold):
            jobs.cancel(report, now=after(1))
        assert spread(now=after(2)) == 1
        assert Delivery.objects.get().report_id == told.pk

    def test_nothing_of_before_is_told(self, acme):
        happen(acme, *EVENTS)
        one = hook(acme, events=EVENTS, cursor=journal.newest(str(acme.pk)))
        assert spread(now=NOON) == 0
        happen(acme, "report.failed")
        assert spread(now=NOON) == 1
        assert told(one) == ["report.failed"]

    def test_a_webhook_without_events_or_disabled_is_told_nothing(self, acme):
        hook(acme), hook(acme, events=EVENTS, enabled=False)
        happen(acme, *EVENTS)
        assert spread(now=NOON) == 0

    def test_nothing_of_another_organization_is_told(self, acme, globex):
        one, other = hook(acme, events=EVENTS), hook(globex, events=EVENTS)
        happen(acme, "report.failed")
        spread(now=NOON)
        assert (told(one), told(other)) == (["report.failed"], [])

    def test_much_is_told_piece_by_piece(self, acme, monkeypatch):
        monkeypatch.setattr(fanout, "AT_ONCE", 3)
        one = hook(acme, events=["report.failed"])
        happen(acme, *(["report.failed", "report.queued"] * 7))
        assert spread(now=NOON) == 7
        assert told(one) == ["report.failed"] * 7
        assert Webhook.objects.get().cursor == journal.newest(str(acme.pk))

    def test_a_death_in_between_loses_and_doubles_nothing(self, acme, monkeypatch):
        one = hook(acme, events=EVENTS)
        happen(acme, *EVENTS)

        def die(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(fanout, "_written", die)
            with pytest.raises(KeyboardInterrupt):
                spread(now=NOON)
        assert Webhook.objects.get().cursor == 0
        assert spread(now=NOON) == 3
        assert told(one) == list(EVENTS)


HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from(["acme", "globex"]), st.sampled_from(TYPES)),
        st.tuples(
            st.just("webhook"),
            st.sampled_from(["acme", "globex"]),
            st.sets(st.sampled_from(EVENTS)),
        ),
        st.tuples(st.just("spread")),
    ),
    max_size=25,
)


@pytest.mark.django_db
@given(happenings=HAPPENINGS, at_once=st.integers(1, 4))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_webhook_is_told_what_a_plain_list_says(acme, globex, happenings, at_once):
    Webhook.objects.all().delete()
    organizations = {"acme": acme, "globex": globex}
    hooks: list[Any] = []
    expected: list[list[str]] = []
    fanout_was, fanout.AT_ONCE = fanout.AT_ONCE, at_once
    try:
        for what, *how in [*happenings, ("spread",)]:
            if what == "event":
                happen(organizations[how[0]], how[1])
                for index, (_, owner, wanted) in enumerate(hooks):
                    if owner == how[0] and how[1] in wanted:
                        expected[index].append(how[1])
            elif what == "webhook":
                newest = journal.newest(str(organizations[how[0]].pk))
                one = hook(organizations[how[0]], events=sorted(how[1]), cursor=newest)
                hooks.append((one, *how))
                expected.append([])
            elif what == "spread":
                spread(now=NOON)
        assert [told(one) for one, *_ in hooks] == expected
    finally:
        fanout.AT_ONCE = fanout_was


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_everything_once(acme, monkeypatch):
    monkeypatch.setattr(fanout, "AT_ONCE", 4)
    hooks = [hook(acme, events=EVENTS) for _ in range(3)]
    happen(acme, *(EVENTS * 8))
    ready, counts = threading.Barrier(2), []

    def work():
        ready.wait(20)
        counts.append(spread(now=NOON))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 72
    assert [told(one) for one in hooks] == [list(EVENTS * 8)] * 3
