"""What tests of the doors of schedules share: a schedule of Acme's, and where it delivers to."""

import pytest

from tests.reports.doors import post

WISH = {
    "name": "Traffic of the week",
    "kind": "traffic",
    "request": {"period": "last_7_days", "breakdown": ["source"]},
    "cron": "0 8 * * MON",
    "timezone": "Europe/Berlin",
}
HOOK = {"url": "https://hooks.example.com/in"}


@pytest.fixture
def hooked(caller):
    """Where schedules of Acme deliver to."""
    return {"webhook": post(caller, "/webhooks", HOOK).json()["webhook"]["id"]}


@pytest.fixture
def scheduled(caller, hooked):
    """A schedule of Acme's."""
    answer = post(caller, "/schedules", {**WISH, "deliver": hooked})
    assert answer.status_code == 201, answer.content
    return answer.json()


def patch(client, path, body):
    return client.patch(f"/api/v1{path}", body, "application/json")
