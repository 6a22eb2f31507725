"""The REST door of campaigns: drafts are made and changed, deeds taken on, others see nothing."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discovery.campaigns import campaigns
from discovery.models import Campaign, Pattern
from tests.discovery.builders import NEWS, bought, came
from tests.discovery.wishing import WISH, do, fits, made, patch
from tests.enrichment.senders import send
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from warehouse.custody.models import Errand
from warehouse.tenancy.models import AuditEntry

PATTERN = {"field": "path", "operator": "matches", "value": "a"}
PREVIEW = {
    "computed_at": "2026-03-01T00:00:00Z",
    "events": 0,
    "visitors": 0,
    "conversions": 0,
    "revenue": "0",
    "campaigns": [],
    "campaigns_left_out": 0,
}


def test_a_campaign_is_drafted_previewed_applied_and_undone(caller, here, acme):
    send(acme, came(0), bought(5, value=12.5), came(2, campaign_id="autumn"))
    here.store()
    draft = made(caller)
    assert (draft["state"], draft["campaign_id"], draft["job"]) == ("draft", "spring-sale", None)
    assert draft["time_range"]["end"] == "2026-03-10T00:00:00Z"
    taken = do(caller, draft, "preview")
    assert taken.status_code == 202
    assert taken["Location"] == draft["links"]["self"] == taken.json()["links"]["campaign"]
    assert taken.json()["status"] == "queued"
    for deed in ("apply", "undo"):
        assert "preview is under way" in problem(do(caller, draft, deed), 409)["detail"]
    again = do(caller, draft, "preview")
    assert again.json()["id"] == taken.json()["id"]
    here.errands()
    shown = fits(caller.get(draft["links"]["self"]).json())
    assert shown["job"]["status"] == "succeeded"
    assert shown["preview"]["revenue"] == 12.5
    assert [one["campaign_id"] for one in shown["preview"]["campaigns"]] == [
        "spring-sale", "autumn", None,
    ]  # fmt: skip
    do(caller, draft, "apply")
    assert caller.get(draft["links"]["self"]).json()["state"] == "applying"
    here.errands()
    shown = fits(caller.get(draft["links"]["self"]).json())
    assert shown["moved"] == {"events": 2, "visitors": 1, "conversions": 1, "revenue": 12.5}
    for refused in (
        caller.delete(shown["links"]["self"]),
        do(caller, draft, "apply"),
    ):
        problem(refused, 409)
    assert (
        "Only a draft"
        in problem(patch(caller, shown["links"]["self"], {"name": "x"}), 409)["detail"]
    )
    do(caller, draft, "undo")
    here.errands()
    shown = fits(caller.get(draft["links"]["self"]).json())
    assert (shown["state"], shown["moved"], shown["applied_at"] is None) == ("undone", None, False)
    assert caller.delete(shown["links"]["self"]).status_code == 204
    assert not Campaign.objects.exists()
    assert AuditEntry.objects.filter(action="campaign.removed").exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"filters": []}, {"filters"}),
        ({"filters": [{"field": "revenue", "operator": "gt", "value": 1}]}, {"filters[0].field"}),
        (
            {"filters": {"or": [*NEWS, {"field": "landing_page", "operator": "is_null"}]}},
            {"filters.or[1].field"},
        ),
        ({"filters": [{"field": "sauce", "operator": "eq", "value": "x"}]}, {"filters[0].field"}),
        ({"time_range": {"start": "2026-03-02", "end": "2026-03-01"}}, {"time_range.end"}),
        ({"timezone": "Mars", "ongoing": 1}, {"timezone", "ongoing"}),
        ({"campaign_id": 5, "name": 5}, {"campaign_id", "name"}),
        ({"pattern_id": str(uuid4())}, {"pattern_id"}),
        ({"filter": NEWS}, {"filter"}),
        (
            {"ongoing": True, "filters": [{"not": PATTERN}]},
            {"filters[0].not.field"},
        ),
        (
            {"ongoing": True, "filters": [{"field": "received_at", "operator": "is_null"}]},
            {"filters[0].field"},
        ),
    ],
)  # fmt: skip
def test_what_makes_no_campaign_is_named_with_the_way_out(caller, body, fields):
    assert set(bad_fields(post(caller, "/campaigns", {**WISH, **body}))) == fields
    assert not Campaign.objects.exists()


def test_a_field_of_sessions_names_that_of_events(caller):
    given = [{"field": "session_source", "operator": "eq", "value": "news"}]
    told = bad_fields(post(caller, "/campaigns", {**WISH, "filters": given}))
    assert "compare the event's own source" in told["filters[0].field"]


def test_ids_are_slugs_that_no_other_campaign_has(caller):
    names = [made(caller, name=name)["campaign_id"] for name in ("A b", "a B!", "A b", "***")]
    assert names == ["a-b", "a-b-2", "a-b-3", "campaign"]
    assert set(bad_fields(post(caller, "/campaigns", {**WISH, "campaign_id": "a-b"}))) == {
        "campaign_id"
    }


def test_a_draft_is_changed_and_loses_what_was_previewed(caller, here):
    draft = made(caller)
    Campaign.objects.update(preview=PREVIEW)
    address = draft["links"]["self"]
    assert fits(patch(caller, address, {"name": "Other"}).json())["preview"]["events"] == 0
    changed = fits(
        patch(caller, address, {"time_range": {"start": "2026-03-02", "end": "2026-03-02"}}).json()
    )
    assert changed["preview"] is None
    assert patch(caller, address, {"time_range": None, "timezone": None}).json() == changed
    assert changed["time_range"] == {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    assert set(bad_fields(patch(caller, address, {"pattern_id": None}))) == {"pattern_id"}
    given = [{"field": "fraud_score", "operator": "gt", "value": 1}]
    patch(caller, address, {"filters": given})
    assert set(bad_fields(patch(caller, address, {"ongoing": True}))) == {"filters[0].field"}
    entries = AuditEntry.objects.filter(action="campaign.changed").order_by("at")
    assert [entry.details["changed"] for entry in entries] == [
        ["name"],
        ["end", "start"],
        ["filters"],
    ]


def test_a_pattern_gives_its_rule_and_its_time(caller, acme, globex):
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 8, tzinfo=UTC)
    mine, foreign = (
        Pattern.objects.create(
            organization=organization, fingerprint="f", kind="cluster", confidence=1,
            sample_size=9, start=start, end=end, timezone="Europe/Vienna", suggested_name="News",
            estimated_value=5, potential_reach=3, filters=NEWS, explanation="", found_at=end,
        )
        for organization in (acme, globex)
    )  # fmt: skip
    asked = {"name": "From a pattern", "pattern_id": str(mine.pk)}
    answer = fits(post(caller, "/campaigns", asked).json())
    assert (answer["filters"], answer["timezone"]) == (NEWS, "Europe/Vienna")
    assert answer["time_range"] == {"start": "2026-02-01T00:00:00Z", "end": "2026-02-08T00:00:00Z"}
    assert answer["pattern_id"] == str(mine.pk)
    assert set(bad_fields(post(caller, "/campaigns", {**asked, "filters": NEWS}))) == {"filters"}
    asked["pattern_id"] = str(foreign.pk)
    assert set(bad_fields(post(caller, "/campaigns", asked))) == {"pattern_id"}


def test_a_list_is_paged_and_filtered(caller):
    for number in range(3):
        made(caller, name=f"n{number}")
    Campaign.objects.filter(name="n1").update(state="applied")
    names = [one["name"] for one in get(caller, "/campaigns?state=draft,undone").json()["items"]]
    assert names == ["n2", "n0"]
    assert len(get(caller, "/campaigns?limit=2").json()["items"]) == 2
    for wrong in ("gone", "", "draft,"):
        assert set(bad_fields(get(caller, f"/campaigns?state={wrong}"))) == {"state"}
    assert set(bad_fields(get(caller, "/campaigns?sate=draft"))) == {"sate"}


def test_a_list_costs_no_query_a_row(caller, here):
    costs = []
    for rows in (1, 5):
        while Campaign.objects.count() < rows:
            assert do(caller, made(caller), "preview").status_code == 202
        with CaptureQueriesContext(connection) as queries:
            items = get(caller, "/campaigns").json()["items"]
        assert len([one for one in items if one["job"]]) == rows
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_scopes_and_foreign_campaigns(caller, acme, globex):
    draft = made(caller)
    address = draft["links"]["self"]
    reader = caller_of(acme, scopes=("reports:read",))
    assert reader.get(address).status_code == 200
    for refused in (
        post(reader, "/campaigns", WISH),
        patch(reader, address, {}),
        reader.delete(address),
    ):
        problem(refused, 403)
    for deed in campaigns.DEEDS:
        problem(do(reader, draft, deed), 403)
        problem(do(caller_of(globex), draft, deed), 404)
    assert not Errand.objects.exists()


def test_a_deed_takes_no_body(caller):
    draft = made(caller)
    wrong: tuple[Any, ...] = ([], {"now": True})
    for body in wrong:
        problem(post(caller, f"/campaigns/{draft['id']}/apply", body), 400)
    assert not Errand.objects.exists()


def test_an_organization_has_so_many_and_no_more(caller, monkeypatch):
    monkeypatch.setattr(campaigns, "MOST", 1)
    made(caller)
    problem(post(caller, "/campaigns", WISH), 409)


def test_few_go_on_at_once_and_compare_little(caller, here, monkeypatch):
    many = {"or": [*NEWS] * 21}
    wish = {**WISH, "filters": many, "ongoing": True}
    assert "at most 20 times" in bad_fields(post(caller, "/campaigns", wish))["filters"]
    monkeypatch.setattr(campaigns, "MOST_ONGOING", 1)
    first, second = (made(caller, ongoing=True) for _ in "ab")
    assert do(caller, first, "apply").status_code == 202
    assert "1 campaigns go on" in problem(do(caller, second, "apply"), 409)["detail"]
    here.errands()
    assert do(caller, first, "undo").status_code == 202
    here.errands()
    assert do(caller, second, "apply").status_code == 202


def test_one_whose_work_failed_goes_on_or_back(caller, here, acme):
    send(acme, came(0))
    here.store()
    draft = made(caller)
    do(caller, draft, "apply")
    Errand.objects.update(state="failed")
    assert do(caller, draft, "undo").status_code == 202
    here.errands()
    assert caller.get(draft["links"]["self"]).json()["state"] == "undone"
    do(caller, draft, "apply")
    Errand.objects.filter(state="queued").update(state="failed")
    assert do(caller, draft, "apply").status_code == 202
    here.errands()
    assert caller.get(draft["links"]["self"]).json()["moved"]["events"] == 1
