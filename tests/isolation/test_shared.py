"""The same question of both at once: neither a job nor a kept answer is shared between them."""

import re
from typing import Any

from reports.kinds import KINDS
from reports.models import Report
from tests.isolation.operations import of
from tests.isolation.world import QUESTIONS, SHOWING, readable, send, status_of
from tests.reports.doors import get, post, working
from tests.warehouse.waiting import eventually
from warehouse.cache.l2 import L2
from warehouse.sources.redis import connect

LATER = {"Prefer": "respond-async"}


def test_jobs_answers_and_every_tier_of_the_cache_are_apart(sides, clickhouse, wired):
    asked = {
        (kind, side.word): post(side.caller, f"/analytics/{kind}", QUESTIONS[kind], **LATER).json()
        for kind in KINDS
        for side in sides
    }
    jobs = dict(Report.objects.values_list("pk", "job_id"))
    assert len({jobs_of(report, jobs) for report in asked.values()}) == len(asked)
    with working(clickhouse, wired):
        for (_, word), report in asked.items():
            side = next(one for one in sides if one.word == word)
            eventually(lambda side=side, id=report["id"]: status_of(side, id) == "succeeded", 60)
            result = get(side.caller, f"/reports/{report['id']}/result")
            assert tells_only(side, sides, result)
    # Nobody works any more: what is answered now is kept, first in Redis, then in this process.
    for tier in ("l2", "l1"):
        for kind in sorted(set(KINDS) - {"realtime"}):  # its window moves on with every minute
            for side in sides:
                answer = post(side.caller, f"/analytics/{kind}", QUESTIONS[kind], **LATER)
                assert answer.status_code == 200, (kind, answer.content)
                assert re.search(f'hit;.*detail="{tier}', answer["Cache-Status"])
                assert tells_only(side, sides, answer)
    assert_keys_name_their_owner(sides, wired["cache"])


def jobs_of(report, jobs):
    return next(job for pk, job in jobs.items() if str(pk) == report["id"])


def tells_only(side, sides, answer):
    """Tell whether an answer shows this organization's secrets and nobody else's."""
    text = readable(answer)
    (other,) = (one for one in sides if one is not side)
    assert other.word not in text, f"{other.word} in {text[:2000]}"
    assert other.amount not in text
    return side.word in text or side.amount in text


def assert_keys_name_their_owner(sides, url):
    """Every kept answer stands under its owner's id, and is given to no one else even so."""
    client: Any = connect(url)
    cache = L2(client)
    found = [key.decode() for key in client.keys("trellis:answer:*")]
    owners = {side.id: side for side in sides}
    assert {key.split(":")[2] for key in found} == set(owners)
    for key in found:
        owner = key.split(":")[2]
        (other,) = (side for id_, side in owners.items() if id_ != owner)
        kept = client.get(key).lower()
        assert other.word.encode() not in kept
        assert cache.get(key, owner)
        assert cache.get(key, other.id) is None
    client.close()


def test_swapping_who_asks_first_changes_nothing(settled):
    one, other = settled
    for side, stranger in ((one, other), (other, one), (other, one), (one, other)):
        for operation in of("get", "post", named=False):
            if operation.name in SHOWING:
                answer = send(side.caller, operation, side.ids, Prefer="wait=30")
                assert side.told_in(answer), operation
                assert not stranger.told_in(answer), operation
