"""No operation of the document shows or touches anything of another organization."""

from collections import defaultdict

import pytest
from django.test import Client

from reports.formats import FORMATS
from tests.isolation.operations import EVERY, of
from tests.isolation.world import HEADLESS, REFUSED, SHOWING, readable, send
from tests.reports.doors import get, post

ABSENT = defaultdict(lambda: "11111111-2222-4333-8444-555555555555", member_id="111222333444555")
"""What path parameters name that is not there."""
WAITING = {"Prefer": "wait=30"}


def both_ways(sides):
    one, other = sides
    return ((one, other), (other, one))


def test_every_path_parameter_is_planted(settled):
    for side in settled:
        missing = {
            name: str(operation)
            for operation in of(*EVERY)
            for name in operation.parameters
            if name not in side.ids
        }
        assert not missing, (
            f"{missing}: put an id of each organization into `Side.ids` by `plant` of"
            " tests/isolation/world.py, so that these operations are exercised"
        )


def test_no_answer_to_ones_own_question_shows_the_others(settled):
    faults = []
    for operation in of(*EVERY):
        for side, other in both_ways(settled):
            answer = send(side.caller, operation, side.ids, **WAITING)
            wanted = (REFUSED[operation.name],) if operation.name in REFUSED else range(200, 300)
            if answer.status_code not in wanted:
                faults.append(
                    f"{operation} cannot be exercised, it answers {answer.status_code}: give BODIES"
                    f" or REFUSED of tests/isolation/world.py what it takes {answer.content!r}"
                )
            elif operation.name in SHOWING and not side.told_in(answer):
                faults.append(f"{operation} does not show what {side.word} holds")
            faults += [f"{operation} tells {side.word} {mark}" for mark in other.told_in(answer)]
    assert not faults, "\n".join(faults)


def test_what_belongs_to_another_is_not_there(settled):
    faults = []
    for operation in of(*EVERY, named=True):
        for side, other in both_ways(settled):
            foreign = send(side.caller, operation, other.ids)
            absent = send(side.caller, operation, ABSENT)
            if foreign.status_code != 404 or told(foreign) != told(absent):
                faults.append(f"{operation}: {foreign.status_code} {foreign.content!r}")
    assert not faults, "\n".join(faults)
    for side in settled:
        for operation in of("get", named=True):
            answer = send(side.caller, operation, side.ids)
            answer.close()
            assert answer.status_code == 200, operation


def told(answer):
    """What a refusal says, but for its own number."""
    document = {**answer.json(), "request_id": None}
    return answer.status_code, document, answer["Content-Type"]


@pytest.mark.parametrize("how", ["token", "session"])
def test_naming_another_organization_is_refused_as_naming_none_at_all(sides, how):
    faults = []
    for side, other in both_ways(sides):
        caller = side.caller if how == "token" else Client()
        if how == "session":
            caller.force_login(side.user)
        for operation in of(*EVERY):
            foreign = send(caller, operation, other.ids, X_Organization=other.slug)
            nowhere = send(caller, operation, other.ids, X_Organization="no-such-organization")
            wanted = HEADLESS.get(operation.name, 403) if how == "session" else 403
            if foreign.status_code != wanted or told(foreign) != told(nowhere):
                faults.append(f"{operation}: {foreign.status_code} {foreign.content!r}")
    assert not faults, "\n".join(faults)


def test_nothing_answers_without_a_caller(sides):
    for operation in of(*EVERY):
        assert send(Client(), operation, sides[0].ids).status_code == 401, operation


def test_an_idempotency_key_is_every_organizations_own(settled):
    faults = []
    one, other = settled
    for operation in of("post"):
        key = {"Idempotency-Key": "the-very-same", **WAITING}
        first = send(one.caller, operation, one.ids, **key)
        theirs = send(other.caller, operation, other.ids, **key)
        again = send(one.caller, operation, one.ids, **key)
        if theirs.status_code != first.status_code or theirs.get("Idempotent-Replayed"):
            faults.append(f"{operation} gives the other organization the first one's answer")
        faults += [f"{operation} tells {mark}" for mark in one.told_in(theirs)]
        faults += [f"{operation} tells {mark} again" for mark in other.told_in(again)]
    assert not faults, "\n".join(faults)


def test_a_download_is_the_owners_alone(settled):
    for side, other in both_ways(settled):
        for name in FORMATS:
            path = f"/reports/{{report_id}}/result?format={name}"
            own = readable(get(side.caller, path.format(**side.ids), **WAITING))
            assert side.word in own, name
            assert other.word not in own
            tag = other.caller.head(f"/api/v1{path.format(**other.ids)}").get("ETag", "none")
            for held in ({}, {"If_None_Match": tag}, {"Range": "bytes=0-10"}):
                foreign = get(side.caller, path.format(**other.ids), **held)
                assert foreign.status_code == 404


def test_a_cursor_of_another_leads_to_ones_own(settled):
    for side, other in both_ways(settled):
        for address in ("/reports", "/costs"):
            for number in range(2):
                spent = {"day": f"2026-02-0{number + 1}", "campaign_id": "c", "spend": 1}
                post(other.caller, "/costs", [spent])
                post(other.caller, "/reports", {"kind": "traffic"})
            following = get(other.caller, f"{address}?limit=1").json()["next"]
            page = side.caller.get(following)
            assert page.status_code in (200, 400)
            assert not other.told_in(page)
