"""`/schedules`."""

from typing import Any

import pytest

from reports.models import Delivery, Firing, Job, Schedule
from reports.schedules import endings, schedules
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.reports.schedules.builders import answer, member
from warehouse.clock import now
from warehouse.tenancy.models import AuditEntry, Membership

WISH = {
    "name": "Traffic of the week",
    "kind": "traffic",
    "request": {"period": "last_7_days", "breakdown": ["source"]},
    "cron": "0 8 * * MON",
    "timezone": "Europe/Berlin",
}
HOOK = {"url": "https://hooks.example.com/in"}


@pytest.fixture
def target(caller):
    """Where schedules of Acme deliver to."""
    return {"webhook": post(caller, "/webhooks", HOOK).json()["webhook"]["id"]}


@pytest.fixture
def made(caller, target):
    """A schedule of Acme's."""
    answer = post(caller, "/schedules", {**WISH, "deliver": target})
    assert answer.status_code == 201, answer.content
    return answer.json()


def patch(client, path, body):
    return client.patch(f"/api/v1{path}", body, "application/json")


def refused(caller, target, **wrong):
    return set(bad_fields(post(caller, "/schedules", {**WISH, "deliver": target, **wrong})))


def test_it_is_made_shown_and_listed(caller, made, target, acme):
    assert {name: made[name] for name in WISH} == WISH
    assert (made["deliver"], made["enabled"], made["last"]) == (target, True, None)
    assert made["next_at"].endswith(":00:00Z")
    assert made["created_by"].startswith("key:")
    assert get(caller, f"/schedules/{made['id']}").json() == made
    assert get(caller, "/schedules").json() == {"items": [made], "next": None}
    [entry] = AuditEntry.objects.filter(action="schedule.created")
    assert entry.target == f"schedule:{made['id']}"


def test_what_is_left_out_is_as_the_organization_says(caller, target, acme):
    acme.timezone = "Asia/Tokyo"
    acme.save()
    little = {"name": "x", "kind": "traffic", "cron": "@daily", "deliver": target}
    made = post(caller_of(acme), "/schedules", little).json()
    assert (made["timezone"], made["request"], made["enabled"]) == ("Asia/Tokyo", {}, True)


def test_it_is_made_once_for_each_idempotency_key(caller, target):
    body = {**WISH, "deliver": target}
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
def test_what_makes_no_sense_is_refused(caller, target, wrong, field):
    assert refused(caller, target, **wrong) == {field}
    assert not Schedule.objects.exists()


def test_a_webhook_has_no_format_and_must_be_ones_own(caller, stranger, target):
    assert refused(caller, {**target, "format": "csv"}) == {"deliver.format"}
    answer = post(stranger, "/schedules", {**WISH, "deliver": target})
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


def test_an_organization_has_so_many_and_no_more(caller, made, acme):
    row = Schedule.objects.get()
    Schedule.objects.bulk_create(
        Schedule(
            organization=acme, name=str(number), kind="traffic", request={}, cron=row.cron,
            timezone="UTC", webhook=row.webhook, created_at=row.created_at, created_by="key:1",
        )
        for number in range(schedules.MOST - 1)
    )  # fmt: skip
    answer = post(caller, "/schedules", {**WISH, "deliver": made["deliver"]})
    assert "100 schedules" in problem(answer, 409)["detail"]
    caller.delete(f"/api/v1/schedules/{made['id']}")
    assert post(caller, "/schedules", {**WISH, "deliver": made["deliver"]}).status_code == 201
    page = get(caller, "/schedules?limit=60").json()
    assert len(page["items"]) == 60
    assert len(caller.get(page["next"]).json()["items"]) == 40


def test_a_patch_changes_what_it_gives_and_nothing_else(caller, made):
    path = f"/schedules/{made['id']}"
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


def test_kind_and_request_of_a_patch_must_make_sense_together(caller, made):
    path = f"/schedules/{made['id']}"
    assert set(bad_fields(patch(caller, path, {"kind": "funnel"}))) >= {"request.steps"}
    assert set(bad_fields(patch(caller, path, {"request": {"steps": []}, "cron": "x"}))) == {
        "request.steps",
        "cron",
    }
    assert get(caller, path).json() == made


def test_where_it_delivers_to_may_change(caller, made, acme, django_user_model):
    path, address = f"/schedules/{made['id']}", member(acme, django_user_model, "ada")
    emails = {"emails": [address], "format": "parquet"}
    assert patch(caller, path, {"deliver": emails}).json()["deliver"] == emails
    assert patch(caller, path, {"deliver": made["deliver"]}).json()["deliver"] == made["deliver"]


def test_somebody_who_has_left_stops_no_change_of_anything_else(
    caller, made, acme, django_user_model
):
    path, address = f"/schedules/{made['id']}", member(acme, django_user_model, "ada")
    patch(caller, path, {"deliver": {"emails": [address]}})
    Membership.objects.get(user__email=address).delete()
    assert patch(caller, path, {"enabled": False}).status_code == 200


def test_it_is_removed_and_the_webhook_may_go_only_then(caller, made, target):
    path = f"/api/v1/webhooks/{target['webhook']}"
    assert made["name"] in problem(caller.delete(path), 409)["detail"]
    assert caller.delete(f"/api/v1/schedules/{made['id']}").status_code == 204
    problem(get(caller, f"/schedules/{made['id']}"), 404)
    assert caller.delete(path).status_code == 204
    assert AuditEntry.objects.filter(action="schedule.removed").count() == 1


def test_it_runs_by_hand_and_its_firings_tell_what_became_of_them(caller, made):
    path = f"/schedules/{made['id']}"
    answered = post(caller, f"{path}/run", Idempotency_Key="k")
    assert answered.status_code == 202
    firing = answered.json()
    assert post(caller, f"{path}/run", Idempotency_Key="k").json() == firing
    assert Firing.objects.count() == Job.objects.count() == 1
    assert (firing["state"], firing["by_hand"], firing["deliveries"]) == ("running", True, [])
    assert firing["links"] == {
        "schedule": f"/api/v1{path}",
        "report": f"/api/v1/reports/{firing['report']}",
        "result": f"/api/v1/reports/{firing['report']}/result",
    }
    assert get(caller, f"/reports/{firing['report']}").json()["status"] == "queued"
    [shown] = get(caller, f"{path}/firings").json()["items"]
    assert shown == firing
    assert get(caller, path).json()["last"]["id"] == firing["id"]


def test_deliveries_stand_with_their_firing(caller, made):
    path = f"/schedules/{made['id']}"
    post(caller, f"{path}/run")
    Job.objects.update(asked_at=now())
    answer(seconds=10**9)
    assert endings.settle(now=now()) == 1
    [shown] = get(caller, f"{path}/firings").json()["items"]
    delivery = Delivery.objects.get()
    assert shown["deliveries"] == [
        {
            "id": str(delivery.pk),
            "channel": "webhook",
            "webhook": made["deliver"]["webhook"],
            "recipient": None,
            "state": "pending",
        }
    ]
    assert (shown["state"], get(caller, path).json()["last"]["state"]) == ("succeeded",) * 2
    told = get(caller, f"/webhooks/{delivery.webhook_id}/deliveries/{delivery.pk}").json()
    assert told["data"]["result"]["rows"] == [[1], [2]]


def test_a_question_that_makes_no_sense_by_now_is_refused_to_who_runs_it(caller, made):
    row = Schedule.objects.get()
    row.request = {"period": "last_never"}
    row.save()
    problem(post(caller, f"/schedules/{made['id']}/run"), 400)
    assert not Firing.objects.exists()


def test_firings_are_listed_the_latest_first_in_pages(caller, made):
    path = f"/schedules/{made['id']}"
    made_ids = [post(caller, f"{path}/run").json()["id"] for _ in range(3)]
    first = get(caller, f"{path}/firings?limit=2").json()
    rest = caller.get(first["next"]).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made_ids[::-1]
    assert rest["next"] is None
    assert get(caller, path).json()["last"]["id"] == made_ids[-1]


def test_everybody_looks_and_who_may_submit_changes(acme, made):
    reader = caller_of(acme, ["reports:read"])
    path = f"/schedules/{made['id']}"
    assert get(reader, path).status_code == 200
    assert get(reader, f"{path}/firings").status_code == 200
    problem(post(reader, f"{path}/run"), 403)
    problem(patch(reader, path, {"name": "x"}), 403)


def test_another_organization_finds_nothing(stranger, made):
    path = f"/schedules/{made['id']}"
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
