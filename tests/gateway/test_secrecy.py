"""What is hidden in log lines, and what is not."""

import uuid

import pytest

from warehouse.gateway.secrecy import HIDDEN, hide, shown
from warehouse.tenancy import keys

TOKEN = keys.new_token()


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "{{'Authorization': 'Bearer {}'}}",
        "GET /ws/v1/?ticket={}&organization=acme",
        'PASSWORD="{}"',
        "{{'password': '{}', 'user': 'ada'}}",
        "cookie: sessionid={}; x=1",
        "cannot reach redis://:{}@somewhere:6379/0",
        "postgres://ada:{}@somewhere/trellis: refused",
    ],
)
@pytest.mark.parametrize("secret", [TOKEN, "hunter2-and-more"], ids=["token", "password"])
def test_secrets_are_hidden_wherever_they_stand(text, secret):
    said = hide(text.format(secret))
    assert secret not in said
    assert HIDDEN in said


def test_a_token_is_known_by_its_form():
    assert hide(f"the token {TOKEN} is bad") == f"the token {HIDDEN} is bad"


@pytest.mark.parametrize(
    "text",
    [
        "attempt job:7:1 hit a fault of ours",
        "the cache is out of reach: TimeoutError",
        "http://127.0.0.1:8000/api/v1/reports",
        "redis://127.0.0.1:6390 does not answer",
    ],
)
def test_other_words_stay(text):
    assert hide(text) == text


def test_a_path_keeps_what_is_no_secret():
    identity = uuid.uuid4()
    for path in (
        f"/api/v1/reports/{identity}/result",
        "/static/dashboard/api.1f2e3d4c5b6a.js",
        "/",
    ):
        assert shown(path) == path
    link = "Zx8-9_aB7cD6eF5gH4iJ3kL2mN1o"
    assert shown(f"/invitations/{link}/accept") == f"/invitations/{HIDDEN}/accept"
