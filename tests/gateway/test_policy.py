"""What a browser may load, and what every answer carries."""

import os
import subprocess
import sys

import pytest

from warehouse.gateway.context import take_request_id

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]


def directives(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def test_a_page_loads_only_what_is_ours(client):
    policy = directives(client.get("/page", headers={"Host": "localhost:8000"}))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "ws://localhost:8001"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert "geolocation=()" in client.get("/page")["Permissions-Policy"]
    for path in ("/page", "/api/v1/nothing"):
        assert client.get(path)["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_socket_of_an_ipv6_host_is_in_brackets(client):
    policy = directives(client.get("/page", headers={"Host": "[::1]:8000"}))
    assert policy["connect-src"] == ["'self'", "ws://[::1]:8001"]


def test_an_answer_of_the_api_loads_nothing_and_is_kept_by_no_proxy(caller, client):
    for answer in (caller.get("/api/v1/echo"), client.get("/api/v1/nothing")):
        assert directives(answer)["default-src"] == ["'none'"]
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Referrer-Policy"] == "same-origin"


def test_a_request_id_is_kept_or_made(client):
    kept = client.get("/page", headers={"X-Request-ID": "abc-1.2_3"})
    made = client.get("/page", headers={"X-Request-ID": 'a"b\n' + "c" * 100})
    assert kept["X-Request-ID"] == "abc-1.2_3"
    assert len(made["X-Request-ID"]) == 32


@pytest.mark.parametrize("offered", ["", "-", "a b", "é", "a" * 65, "a\nb", "a\n"])
def test_an_odd_request_id_is_replaced(offered):
    assert take_request_id(offered) != offered


def test_a_request_with_a_token_touches_no_session(caller):
    answer = caller.get("/api/v1/echo")
    assert not hasattr(answer.wsgi_request, "session")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


BEHIND_A_PROXY = """
import django
django.setup()
from django.test import Client
for scheme in ("https", "http"):
    headers = {"Host": "localhost", "X-Forwarded-Proto": scheme}
    answer = Client().get("/api/v1", headers=headers)
    print(answer.status_code, answer.headers.get("Location"))
"""


def test_behind_a_proxy_only_plain_http_is_sent_to_https(tmp_path):
    settings = {
        "DJANGO_SETTINGS_MODULE": "warehouse.settings",
        "TRELLIS_SECURE": "true",
        "TRELLIS_VAR": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEHIND_A_PROXY],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == ["200 None", "301 https://localhost/api/v1"]
