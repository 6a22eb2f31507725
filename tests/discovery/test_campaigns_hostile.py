"""Strange rules, and askers who want too much: refused or failed, and nobody is held up."""

from datetime import timedelta
from typing import Any

import pytest

from tests.discovery.builders import came
from tests.discovery.wishing import WISH, do, made, patch
from tests.enrichment.senders import send, stored
from tests.reports.doors import bad_fields, get, post, problem
from warehouse.clock import now
from warehouse.custody import orders
from warehouse.tenancy.audit import Actor


def test_erasures_have_room_whatever_is_asked_of_campaigns(caller, acme, here):
    drafts = [made(caller, name=f"c{number}")["id"] for number in range(6)]
    for one in drafts[:5]:
        assert post(caller, f"/campaigns/{one}/preview").status_code == 202
    answer = post(caller, f"/campaigns/{drafts[5]}/preview")
    assert "previews, applies and undos" in problem(answer, 429)["detail"]
    assert post(caller, f"/campaigns/{drafts[0]}/preview").status_code == 202
    assert orders.erase_visitor(acme, "v1", actor=Actor(), now=now())


def test_a_rule_that_says_true_in_the_place_of_1_is_another_rule(caller):
    of_bots = {"field": "is_mobile", "operator": "eq"}
    one = made(caller, filters=[{**of_bots, "value": 1}])
    address = f"/api/v1/campaigns/{one['id']}"
    changed = patch(caller, address, {"filters": [{**of_bots, "value": True}]})
    assert changed.json()["filters"][0]["value"] is True


@pytest.mark.parametrize("depth", [60, 400])
def test_a_rule_is_refused_however_deep_it_is(caller, depth):
    rule: Any = {"field": "path", "operator": "eq", "value": "/"}
    for _ in range(depth):
        rule = {"not": rule}
    assert bad_fields(post(caller, "/campaigns", {**WISH, "filters": [rule]}))
    of_lists: Any = []
    for _ in range(depth):
        of_lists = [of_lists]
    assert bad_fields(post(caller, "/campaigns", {**WISH, "filters": of_lists}))
    large = [{"field": "page_views", "operator": "eq", "value": 10**40}]
    assert post(caller, "/campaigns", {**WISH, "filters": large}).status_code in {201, 400}


def test_a_pattern_that_the_store_cannot_read_fails_at_once_and_says_why(caller, here, acme):
    send(acme, came(4, url="https://shop.example/a"))
    here.store()
    draft = made(caller, filters=[{"field": "path", "operator": "matches", "value": "("}])
    assert do(caller, draft, "apply").status_code == 202
    here.now = now() + timedelta(seconds=1)
    here.runner().work_once()
    job = get(caller, f"/campaigns/{draft['id']}").json()["job"]
    assert job["status"] == "failed"
    assert "regular expression" in job["error"]["detail"]
    send(acme, came(5))
    here.store()
    assert len(stored(here.clickhouse, acme)) == 2
