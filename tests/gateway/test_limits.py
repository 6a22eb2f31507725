"""What a limited organization hears with every answer, and when it has asked too often."""

import pytest

from tests.gateway.conftest import bearer
from warehouse.exceptions import LimitExceeded
from warehouse.limiting import counting

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]


@pytest.fixture(autouse=True)
def shared(settings, redis_url):
    """Count over the run's own Redis."""
    counting.LIMITER.forget()
    settings.REDIS = {**settings.REDIS, "channels": f"{redis_url}/2"}


def test_an_unlimited_organization_hears_of_no_limit(caller):
    answer = caller.get("/api/v1/echo")
    assert "RateLimit" not in answer
    assert "RateLimit-Policy" not in answer


def test_every_answer_says_the_policy_and_what_is_left(acme):
    limit(acme, requests_per_minute=10)
    caller = bearer(acme)
    for left, path in ((9, "echo"), (8, "echo"), (7, "failing?how=timeout")):
        answer = caller.get(f"/api/v1/{path}")
        assert answer["RateLimit-Policy"] == '"organization";q=10;w=60, "caller";q=8;w=60'
        organization, caller_state = answer["RateLimit"].split(", ")
        assert organization.startswith(f'"organization";r={left};t=6')
        assert caller_state.startswith(f'"caller";r={left - 2};t=6')


def test_one_key_leaves_something_for_the_others_of_its_organization(acme):
    limit(acme, requests_per_minute=10)
    wild, calm = bearer(acme), bearer(acme)
    statuses = [wild.get("/api/v1/echo").status_code for _ in range(9)]
    assert statuses == [200] * 8 + [429]
    assert [calm.get("/api/v1/echo").status_code for _ in range(3)] == [200, 200, 429]


def test_who_asked_too_often_is_told_when_to_come_back(acme):
    limit(acme, requests_per_minute=1)
    caller = bearer(acme)
    caller.get("/api/v1/echo")
    answer = caller.get("/api/v1/echo")
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "limit-exceeded"
    assert 60 <= int(answer["Retry-After"]) <= 62
    assert answer["RateLimit"].startswith('"organization";r=0;t=6')


def test_what_one_organization_uses_is_not_taken_from_another(acme, globex):
    for organization in (acme, globex):
        limit(organization, requests_per_minute=1)
        assert bearer(organization).get("/api/v1/echo").status_code == 200


def test_events_count_by_their_number(acme):
    limit(acme, events_per_minute=100)
    tenant = acme.as_tenant()
    counting.count_events(tenant, 60)
    with pytest.raises(LimitExceeded, match="100 events a minute") as refused:
        counting.count_events(tenant, 41)
    assert refused.value.retry_after
    counting.count_events(tenant, 40)


def test_more_events_at_once_than_the_quota_never_fit(acme):
    limit(acme, events_per_minute=100)
    with pytest.raises(LimitExceeded, match="send fewer at once"):
        counting.count_events(acme.as_tenant(), 101)


def test_without_redis_the_api_goes_on(acme, settings):
    settings.REDIS = {**settings.REDIS, "channels": "redis://127.0.0.1:1/2"}
    limit(acme, requests_per_minute=1)
    caller = bearer(acme)
    assert [caller.get("/api/v1/echo").status_code for _ in range(3)] == [200] * 3


def limit(organization, **limits):
    for name, value in limits.items():
        setattr(organization, name, value)
    organization.save()
