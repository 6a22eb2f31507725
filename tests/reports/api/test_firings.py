"""`/schedules/ID/run` and `/schedules/ID/firings`."""

from reports.models import Delivery, Firing, Job, Schedule
from reports.schedules import endings, schedules
from reports.schedules.representation import describe_firings
from reports.webhooks import deliveries
from tests.reports.builders import NOON
from tests.reports.doors import get, post, problem
from tests.reports.schedules.builders import answer
from warehouse.clock import now


def ran(caller, path):
    """Run a schedule by hand and let that be over."""
    answered = post(caller, f"{path}/run")
    assert answered.status_code == 202, answered.content
    Firing.objects.filter(pk=answered.json()["id"]).update(state="succeeded")
    return answered.json()["id"]


def test_it_runs_by_hand_and_its_firings_tell_what_became_of_them(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
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


def test_deliveries_stand_with_their_firing(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
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
            "webhook": scheduled["deliver"]["webhook"],
            "recipient": None,
            "state": "pending",
            "attempts": 0,
            "outcome": None,
            "detail": None,
        }
    ]
    assert (shown["state"], get(caller, path).json()["last"]["state"]) == ("succeeded",) * 2
    told = get(caller, f"/webhooks/{delivery.webhook_id}/deliveries/{delivery.pk}").json()
    assert told["data"]["result"]["rows"] == [[1], [2]]


def test_what_became_of_each_try_is_told_at_the_price_of_one_query(
    caller, scheduled, django_assert_num_queries
):
    path = f"/schedules/{scheduled['id']}"
    ran(caller, path)
    firing = Firing.objects.get()
    for number in (1, 2, 3):
        row = deliveries.create(
            organization_id=firing.schedule.organization_id, type="schedule.succeeded",
            payload={}, now=NOON, recipient=f"{number}@acme.example", firing=firing,
        )  # fmt: skip
        for tried in range(1, number):
            word = "mail-failed" if tried == 1 else "delivered"
            detail = "SMTPDataError" if tried == 1 else ""
            row.attempts.create(number=tried, at=NOON, outcome=word, detail=detail, elapsed_ms=1)
    with django_assert_num_queries(2):
        [shown] = describe_firings([firing])
    assert get(caller, f"{path}/firings").json()["items"][0]["deliveries"] == shown["deliveries"]
    assert [(one["attempts"], one["outcome"], one["detail"]) for one in shown["deliveries"]] == [
        (0, None, None),
        (1, "mail-failed", "SMTPDataError"),
        (2, "delivered", None),
    ]


def test_it_runs_by_hand_only_when_its_last_firing_has_ended(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    assert post(caller, f"{path}/run").status_code == 202
    assert "running" in problem(post(caller, f"{path}/run"), 409)["detail"]
    assert Firing.objects.count() == Job.objects.count() == 1
    Firing.objects.update(state="failed")
    assert post(caller, f"{path}/run").status_code == 202


def test_it_runs_by_hand_so_often_an_hour_and_no_more(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    ran(caller, path)
    Firing.objects.update(by_hand=False)
    for _ in range(schedules.MOST_RUNS):
        ran(caller, path)
    refused = post(caller, f"{path}/run")
    assert "12 times an hour" in problem(refused, 429)["detail"]
    assert 3500 < int(refused["Retry-After"]) <= 3600
    first = Firing.objects.filter(by_hand=True).earliest("fired_at")
    Firing.objects.filter(pk=first.pk).update(fired_at=first.fired_at - schedules.HOUR)
    assert post(caller, f"{path}/run").status_code == 202
    assert Firing.objects.count() == schedules.MOST_RUNS + 2


def test_a_question_that_makes_no_sense_by_now_is_refused_to_who_runs_it(caller, scheduled):
    row = Schedule.objects.get()
    row.request = {"period": "last_never"}
    row.save()
    problem(post(caller, f"/schedules/{scheduled['id']}/run"), 400)
    assert not Firing.objects.exists()


def test_firings_are_listed_the_latest_first_in_pages(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    made_ids = [ran(caller, path) for _ in range(3)]
    first = get(caller, f"{path}/firings?limit=2").json()
    rest = caller.get(first["next"]).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made_ids[::-1]
    assert rest["next"] is None
    assert get(caller, path).json()["last"]["id"] == made_ids[-1]
