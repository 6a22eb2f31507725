"""A standing question inside its process: when an answer is new, and who is not waited for."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from django.db import connection

from reports import results
from reports.models import Job
from reports.ws import standing, threads
from reports.ws.questions import Questions
from reports.ws.standing import Asked
from tests.live.stack import until
from tests.reports.builders import Result
from warehouse import days
from warehouse.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"metrics": ["events"], "last": "1h"}
RESULT = Result([[1]])


@pytest.fixture
def asked(acme, wired):
    return Asked(acme.as_tenant(), BODY)


def changed(acme):
    days.record({(str(acme.id), now().date()): days.DayCount(1, 100, now())})


def ended(job_id, started_at):
    """Let the job end well, having begun at `started_at`."""
    job = Job.objects.get(pk=job_id)
    stored = results.write(job, RESULT)
    Job.objects.filter(pk=job_id).update(
        state="succeeded", shared=False, started_at=started_at, **stored.as_columns()
    )


def test_any_change_of_the_days_it_depends_on_is_seen(acme, globex, asked):
    before = standing.look(asked)
    changed(globex)
    assert standing.look(asked).version[1] == before.version[1]
    changed(acme)
    assert standing.look(asked).version[1] == before.version[1] + 1


@pytest.mark.parametrize(("later", "fresh"), [(-1, False), (1, True)])
def test_an_answer_that_began_before_the_look_is_not_new(asked, later, fresh):
    look = standing.look(asked)
    job = standing.submit(asked, look)
    assert standing.ended([job]) == set()
    ended(job, look.seen + timedelta(milliseconds=later))
    assert standing.ended([job, 10**9]) == {job, 10**9}
    found = standing.outcome(job, look)
    assert (found.body, found.fresh) == (RESULT.body(), fresh)


def test_a_job_that_is_gone_or_was_cancelled_is_asked_for_again(asked):
    look = standing.look(asked)
    job = standing.submit(asked, look)
    Job.objects.filter(pk=job).update(state="cancelled", shared=False)
    for one in (job, 10**9):
        found = standing.outcome(one, look)
        assert (found.body, found.problem, found.fresh) == (None, None, False)


async def test_without_a_worker_there_is_trouble_and_no_job_stays_queued(asked):
    heard: asyncio.Queue[str] = asyncio.Queue()
    questions = Questions(patience=0.3)
    hear = heard.put_nowait
    question = await questions.join(asked, hear)
    message = orjson.loads(await asyncio.wait_for(heard.get(), 20))
    questions.leave(question, hear)
    assert (message["topic"], message["error"]["code"]) == ("realtime", "source-timeout")
    assert question.newest is None
    assert await threads.listening(until, lambda: not queued(), what="an end of the job")


def queued():
    return Job.objects.filter(state="queued").exists()


async def test_a_thread_whose_connection_has_died_opens_another(acme):
    def break_off():
        connection.ensure_connection()
        connection.connection.close()

    await asyncio.gather(*(threads.listening(break_off) for _ in range(10)))
    assert await threads.listening(queued) is False
