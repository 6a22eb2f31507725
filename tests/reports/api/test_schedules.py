"""`/schedules`."""

from typing import Any

import orjson
import pytest

from reports.models import Firing, Schedule, Webhook
from reports.schedules import schedules, wishes
from tests.reports.builders import NOON
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.reports.schedules.builders import member
from tests.reports.schedules.doors import WISH, patch
from tests.reports.webhooks.builders import hook
from warehouse.tenancy.models import ApiKey, AuditEntry, Membership


def refused(caller, hooked, **wrong):
    return set(bad_fields(post(caller, "/schedules", {**WISH, "deliver": hooked, **wrong})))


def test_it_is_made_shown_and_listed(caller, scheduled, hooked, acme):
    assert {name: scheduled[name] for name in WISH} == WISH
    assert (scheduled["deliver"], scheduled["enabled"], scheduled["last"]) == (hooked, True, None)
    assert scheduled["next_at"].endswith(":00:00Z")
    assert scheduled["created_by"].startswith("key:")
    assert get(caller, f"/schedules/{scheduled['id']}").json() == scheduled
    assert get(caller, "/schedules").json() == {"items": [scheduled], "next": None}
    [entry] = AuditEntry.objects.filter(action="schedule.created")
    assert entry.target == f"schedule:{scheduled['id']}"


def test_what_is_left_out_is_as_the_organization_says(caller, hooked, acme):
    acme.timezone = "Asia/Tokyo"
    acme.save()
    little = {"name": "x", "kind": "traffic", "cron": "@daily", "deliver": hooked}
    scheduled = post(caller_of(acme), "/schedules", little).json()
    assert (scheduled["timezone"], scheduled["request"], scheduled["enabled"]) == (
        "Asia/Tokyo",
        {},
        True,
    )


def test_it_is_made_once_for_each_idempotency_key(caller, hooked):
    body = {**WISH, "deliver": hooked}
    first, again = (post(caller, "/schedules", body, Idempotency_Key="k") for _ in range(2))
    assert first.json() == again.json()
    assert first["Location"] == again["Location"] == f"/api/v1/schedules/{first.json()['id']}"
    assert Schedule.objects.count() == 1


def test_every_bad_field_is_named_at_once(caller):
    wrong = {
        "name": "a\nb",
        "kind": "traffic",
        "request": {"period": "last_never", "granularity": "eon"},
        "cron": "* * * * *",
        "timezone": "Mars/Olympus",
        "deliver": {"emails": ["nobody@elsewhere.example"], "format": "pdf", "cc": 1},
        "enabled": "yes",
        "colour": "red",
    }
    assert set(bad_fields(post(caller, "/schedules", wrong))) == {
        "name",
        "request.period",
        "request.granularity",
        "cron",
        "timezone",
        "deliver.cc",
        "deliver.emails[0]",
        "deliver.format",
        "enabled",
        "colour",
    }
    nothing = bad_fields(post(caller, "/schedules", {}))
    assert set(nothing) == {"name", "kind", "cron", "deliver"}
    assert "traffic" in nothing["kind"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "horoscope"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": ["traffic"]}, "kind"),
        ({"request": None}, "request"),
        ({"request": []}, "request"),
        ({"request": {"filters": ["x" * 32_768]}}, "request"),
        ({"request": {"limit": 5_000_001}}, "request.limit"),
        ({"cron": "0 0 31 2 *"}, "cron"),
        ({"cron": None}, "cron"),
        ({"timezone": None}, "timezone"),
        ({"timezone": ["UTC"]}, "timezone"),
        ({"enabled": None}, "enabled"),
        ({"enabled": 1}, "enabled"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 5}, "name"),
        ({"name": "\u2028"}, "name"),
        ({"deliver": None}, "deliver"),
        ({"deliver": {}}, "deliver"),
        ({"deliver": {"webhook": "x", "emails": []}}, "deliver"),
        ({"deliver": {"webhook": "x"}}, "deliver.webhook"),
        ({"deliver": {"webhook": 7}}, "deliver.webhook"),
        ({"deliver": {"webhook": None}}, "deliver.webhook"),
        ({"deliver": {"emails": []}}, "deliver.emails"),
        ({"deliver": {"emails": "alice@acme.example"}}, "deliver.emails"),
        ({"deliver": {"emails": ["a@b.example"] * 21}}, "deliver.emails"),
        ({"deliver": {"emails": [5]}}, "deliver.emails[0]"),
        ({"deliver": {"emails": [""]}}, "deliver.emails[0]"),
    ],
)
def test_what_makes_no_sense_is_refused(caller, hooked, wrong, field):
    assert refused(caller, hooked, **wrong) == {field}
    assert not Schedule.objects.exists()


def test_a_webhook_has_no_format_and_must_be_ones_own(caller, stranger, hooked):
    assert refused(caller, {**hooked, "format": "csv"}) == {"deliver.format"}
    answer = post(stranger, "/schedules", {**WISH, "deliver": hooked})
    absent = post(
        stranger,
        "/schedules",
        {**WISH, "deliver": {"webhook": "11111111-2222-4333-8444-555555555555"}},
    )
    assert bad_fields(answer) == bad_fields(absent)
    assert set(bad_fields(answer)) == {"deliver.webhook"}


def test_letters_go_to_members_alone_as_they_spell_their_address(
    caller, acme, globex, django_user_model
):
    member(acme, django_user_model, "Ada")
    member(acme, django_user_model, "gone", is_active=False)
    member(globex, django_user_model, "eve")
    left = member(acme, django_user_model, "left")
    Membership.objects.get(user__email=left).delete()
    good = post(caller, "/schedules", {**WISH, "deliver": {"emails": ["ADA@acme.example"]}})
    assert good.json()["deliver"] == {"emails": ["Ada@acme.example"], "format": "csv"}
    names = (
        "Ada@acme.example",
        "ada@ACME.example",
        "gone@acme.example",
        "eve@globex.example",
        left,
    )
    assert refused(caller, {"emails": list(names)}) == {
        f"deliver.emails[{place}]" for place in (1, 2, 3, 4)
    }


def test_an_organization_has_so_many_and_no_more(caller, scheduled, acme):
    row = Schedule.objects.get()
    Schedule.objects.bulk_create(
        Schedule(
            organization=acme, name=str(number), kind="traffic", request={}, cron=row.cron,
            timezone="UTC", webhook=row.webhook, created_at=row.created_at, created_by="key:1",
        )
        for number in range(schedules.MOST - 1)
    )  # fmt: skip
    answer = post(caller, "/schedules", {**WISH, "deliver": scheduled["deliver"]})
    assert "100 schedules" in problem(answer, 409)["detail"]
    caller.delete(f"/api/v1/schedules/{scheduled['id']}")
    assert post(caller, "/schedules", {**WISH, "deliver": scheduled["deliver"]}).status_code == 201
    page = get(caller, "/schedules?limit=60").json()
    assert len(page["items"]) == 60
    assert len(caller.get(page["next"]).json()["items"]) == 40


def test_a_patch_changes_what_it_gives_and_nothing_else(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    changes: tuple[dict[str, Any], ...] = (
        {"name": "New"},
        {"request": {"period": "yesterday"}},
        {"kind": "query", "request": {"metrics": ["events"]}},
        {"cron": "30 7 * * MON-FRI"},
        {"timezone": "UTC"},
        {"enabled": False},
        {},
    )
    for given in changes:
        before = get(caller, path).json()
        after = patch(caller, path, given).json()
        moving = {"next_at"} if set(given) & schedules.TIMING else set()
        for name in set(before) - moving:
            assert after[name] == given.get(name, before[name]), name
    assert after["next_at"] is None
    assert patch(caller, path, {"cron": " 0  7 * *\tMON "}).json()["cron"] == "0 7 * * MON"


def test_kind_and_request_of_a_patch_must_make_sense_together(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    assert set(bad_fields(patch(caller, path, {"kind": "funnel"}))) >= {"request.steps"}
    assert set(bad_fields(patch(caller, path, {"request": {"steps": []}, "cron": "x"}))) == {
        "request.steps",
        "cron",
    }
    assert get(caller, path).json() == scheduled


def test_where_it_delivers_to_may_change(caller, scheduled, acme, django_user_model):
    path, address = f"/schedules/{scheduled['id']}", member(acme, django_user_model, "ada")
    emails = {"emails": [address], "format": "parquet"}
    assert patch(caller, path, {"deliver": emails}).json()["deliver"] == emails
    assert (
        patch(caller, path, {"deliver": scheduled["deliver"]}).json()["deliver"]
        == scheduled["deliver"]
    )


def test_somebody_who_has_left_stops_no_change_of_anything_else(
    caller, scheduled, acme, django_user_model
):
    path, address = f"/schedules/{scheduled['id']}", member(acme, django_user_model, "ada")
    patch(caller, path, {"deliver": {"emails": [address]}})
    Membership.objects.get(user__email=address).delete()
    assert patch(caller, path, {"enabled": False}).status_code == 200


def test_it_is_removed_and_the_webhook_may_go_only_then(caller, scheduled, hooked):
    path = f"/api/v1/webhooks/{hooked['webhook']}"
    assert scheduled["name"] in problem(caller.delete(path), 409)["detail"]
    assert caller.delete(f"/api/v1/schedules/{scheduled['id']}").status_code == 204
    problem(get(caller, f"/schedules/{scheduled['id']}"), 404)
    assert caller.delete(path).status_code == 204
    assert AuditEntry.objects.filter(action="schedule.removed").count() == 1


def test_everybody_looks_and_who_may_submit_changes(acme, scheduled):
    reader = caller_of(acme, ["reports:read"])
    path = f"/schedules/{scheduled['id']}"
    assert get(reader, path).status_code == 200
    assert get(reader, f"{path}/firings").status_code == 200
    problem(post(reader, f"{path}/run"), 403)
    problem(patch(reader, path, {"name": "x"}), 403)


def test_another_organization_finds_nothing(stranger, scheduled):
    path = f"/schedules/{scheduled['id']}"
    for answered in (
        get(stranger, path),
        get(stranger, f"{path}/firings"),
        post(stranger, f"{path}/run"),
        patch(stranger, path, {"name": "mine"}),
        stranger.delete(f"/api/v1{path}"),
        get(stranger, "/schedules/nothing"),
    ):
        problem(answered, 404)
    assert get(stranger, "/schedules").json()["items"] == []


def test_a_question_may_be_so_large_and_no_larger(caller, scheduled, hooked, monkeypatch):
    question = {"period": "yesterday"}
    size = len(orjson.dumps(question))
    monkeypatch.setattr(wishes, "MOST_BYTES", size)
    path = f"/schedules/{scheduled['id']}"
    assert patch(caller, path, {"request": question}).status_code == 200
    monkeypatch.setattr(wishes, "MOST_BYTES", size - 1)
    told = bad_fields(patch(caller, path, {"request": question}))
    assert told == {"request": told["request"]}
    assert f"Is {size} bytes" in told["request"]
    assert f"{size - 1} (32 KiB)" in told["request"]
    assert patch(caller, path, {"name": "the question stays"}).status_code == 200


def test_a_disabled_webhook_is_no_place_to_deliver_to(caller, scheduled, hooked, acme):
    path = f"/schedules/{scheduled['id']}"
    Webhook.objects.update(enabled=False)
    answer = post(caller, "/schedules", {**WISH, "deliver": hooked})
    assert bad_fields(answer) == {"deliver.webhook": "The webhook is disabled; enable it first."}
    other = {"webhook": str(hook(acme, enabled=False).pk)}
    assert set(bad_fields(patch(caller, path, {"deliver": other}))) == {"deliver.webhook"}
    assert patch(caller, path, {"deliver": hooked, "name": "as before"}).status_code == 200
    Webhook.objects.update(enabled=True)
    assert patch(caller, path, {"deliver": other}).status_code == 200


def test_faults_are_told_in_json_and_with_what_to_write(caller, hooked):
    wrong = {"timezone": True, "kind": None, "request": {"period": None}}
    told = bad_fields(post(caller, "/schedules", {**WISH, "deliver": hooked, **wrong}))
    assert told["timezone"] == 'true is not known here. Write one such as "Europe/Berlin".'
    assert told["kind"].startswith("null is not known here. There are ")
    answer = post(caller, "/schedules", {**WISH, "deliver": {"emails": ["x@acme.example"]}})
    assert "POST /invitations" in bad_fields(answer)["deliver.emails[0]"]


def test_a_key_that_was_revoked_a_moment_ago_leaves_and_changes_nothing(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    ApiKey.objects.update(revoked_at=NOON)  # doors remember callers for seconds
    body = {**WISH, "deliver": scheduled["deliver"]}
    problem(post(caller, "/schedules", body), 401)
    problem(patch(caller, path, {"name": "x"}), 401)
    problem(post(caller, f"{path}/run"), 401)
    problem(caller.delete(f"/api/v1{path}"), 401)
    assert Schedule.objects.get().name == WISH["name"]
    assert not Firing.objects.exists()
