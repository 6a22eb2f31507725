"""What is sent is what the OpenAPI document says of it."""

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from reports import jobs, lifecycle
from reports.models import Delivery
from reports.webhooks import fanout, signing
from tests.reports.builders import NOON, after, claim, submit
from tests.reports.schedules.builders import HOUR, SOURCES, answer, fire, only, schedule, settle
from tests.reports.webhooks.builders import hook
from warehouse.exceptions import SourceTimeout

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(client):
    document = client.get("/api/v1/schema").json()

    def held(delivery):
        message = orjson.loads(signing.message(delivery))
        body = document["webhooks"][delivery.type]["post"]["requestBody"]
        schema = {**document, **body["content"]["application/json"]["schema"]}
        Draft202012Validator(schema).validate(message)
        return message["data"]

    return held


def test_of_a_report(acme, check):
    hook(acme, events=["report.cancelled"])
    jobs.cancel(submit(acme), now=NOON)
    fanout.spread(now=NOON)
    assert check(Delivery.objects.get())["report"]["links"]["self"].startswith("http")


def test_of_a_schedule_with_an_answer(acme, check):
    schedule(acme)
    fire()
    answer(SOURCES)
    settle()
    told = check(only())
    assert told["error"] is None
    assert told["result"]


def test_of_a_schedule_without_one(acme, check):
    schedule(acme)
    fire()
    lifecycle.fail(claim(after(HOUR)), SourceTimeout().to_problem(), now=after(HOUR))
    settle()
    told = check(only())
    assert (told["error"]["status"], told["result"]) == (504, None)
