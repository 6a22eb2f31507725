"""Who guesses passwords is slowed down, at every door, whatever becomes of Redis."""

import pytest
from django.test import Client

from warehouse.limiting import counting
from warehouse.limiting.table import LOGIN_ACCOUNT, LOGIN_ADDRESS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shared(settings, redis_server):
    """Count over a Redis of the test's own: addresses are the same in all tests."""
    counting.LIMITER.forget()
    settings.REDIS = {**settings.REDIS, "channels": f"{redis_server.url}/2"}


def log_in(client, password, name="alice", path="/login"):
    return client.post(path, {"username": name, "password": password})


@pytest.mark.parametrize("path", ["/login", "/admin/login/"])
def test_after_too_many_failures_even_the_right_password_waits(client, alice, path):
    failed = [log_in(client, "wrong", path=path).status_code for _ in range(LOGIN_ACCOUNT)]
    assert failed == [200] * LOGIN_ACCOUNT
    for name in ("alice", "ALICE"):
        answer = log_in(client, "alice-password", name, path)
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 1000
        assert "too many failed logins" in answer.content.decode()


def test_right_passwords_are_not_counted(alice):
    for _ in range(LOGIN_ACCOUNT + 2):
        assert log_in(Client(), "alice-password").status_code == 302


def test_one_address_may_not_try_every_account(client, alice):
    for number in range(LOGIN_ADDRESS):
        assert log_in(client, "wrong", f"user-{number}").status_code == 200
    assert log_in(client, "wrong", "another").status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert log_in(elsewhere, "alice-password").status_code == 302


def test_without_redis_this_process_counts_by_itself(client, alice, redis_server):
    redis_server.kill()
    for _ in range(LOGIN_ACCOUNT):
        log_in(client, "wrong", "bob")
    assert log_in(client, "wrong", "bob").status_code == 429
    assert log_in(client, "alice-password").status_code == 302
