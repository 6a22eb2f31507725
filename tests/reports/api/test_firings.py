"""`/schedules/ID/run` and `/schedules/ID/firings`."""

from reports.models import Delivery, Firing, Job, Schedule
from reports.schedules import endings
from tests.reports.doors import get, post, problem
from tests.reports.schedules.builders import answer
from warehouse.clock import now


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
        }
    ]
    assert (shown["state"], get(caller, path).json()["last"]["state"]) == ("succeeded",) * 2
    told = get(caller, f"/webhooks/{delivery.webhook_id}/deliveries/{delivery.pk}").json()
    assert told["data"]["result"]["rows"] == [[1], [2]]


def test_a_question_that_makes_no_sense_by_now_is_refused_to_who_runs_it(caller, scheduled):
    row = Schedule.objects.get()
    row.request = {"period": "last_never"}
    row.save()
    problem(post(caller, f"/schedules/{scheduled['id']}/run"), 400)
    assert not Firing.objects.exists()


def test_firings_are_listed_the_latest_first_in_pages(caller, scheduled):
    path = f"/schedules/{scheduled['id']}"
    made_ids = [post(caller, f"{path}/run").json()["id"] for _ in range(3)]
    first = get(caller, f"{path}/firings?limit=2").json()
    rest = caller.get(first["next"]).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made_ids[::-1]
    assert rest["next"] is None
    assert get(caller, path).json()["last"]["id"] == made_ids[-1]
