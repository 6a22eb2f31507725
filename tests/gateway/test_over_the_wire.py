"""The sample views under the product's own WSGI door and server: what no test client shows."""

import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress

import pytest

from tests.conftest import free_port
from tests.gateway.urls import BODY
from tests.live.stack import until

THREADS = "4"
CHUNK = "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A data folder of its own with one organization."""
    variables = {
        **os.environ,
        "TRELLIS_VAR": str(tmp_path_factory.mktemp("wire")),
        "TRELLIS_WEB_THREADS": THREADS,
        "DJANGO_SETTINGS_MODULE": "tests.gateway.wire_settings",
    }
    manage(variables, "migrate", "--verbosity", "0")
    manage(variables, "create_organization", "acme")
    return variables


def manage(variables, *arguments):
    command = [sys.executable, "-m", "django", *arguments]
    done = subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def port(environment):
    """Where Granian serves the product's WSGI application."""
    chosen = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(chosen)]
    command += ["--blocking-threads", THREADS, "warehouse.wsgi:application"]
    server = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 60
    while not listens(chosen):
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield chosen
    server.terminate()
    server.wait(timeout=30)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def headers(environment):
    """What a caller of Acme sends."""
    token = manage(environment, "create_api_key", "acme", "--name", "wire")
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@pytest.fixture
def wire(port):
    """A connection that stays open between requests."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    yield connection
    connection.close()


def ask(wire, method, path, headers, body=None):
    wire.request(method, path, body=body, headers=headers)
    answer = wire.getresponse()
    return answer, answer.read()


def test_a_whole_and_a_streamed_answer_arrive(wire, headers):
    for path in ("/api/v1/sized", "/api/v1/streamed"):
        plain = ask(wire, "GET", path, headers)
        packed = ask(wire, "GET", path, {**headers, "Accept-Encoding": "gzip"})
        assert plain[1] == gzip.decompress(packed[1]) == BODY
        assert packed[0].headers["ETag"] == 'W/"abc"'


def test_a_head_has_the_headers_and_no_body(wire, headers):
    answer, body = ask(wire, "HEAD", "/api/v1/sized", headers)
    assert (answer.status, body) == (200, b"")
    assert ask(wire, "GET", "/api/v1/echo", headers)[0].status == 200


def test_a_body_in_chunks_is_read(wire, headers):
    answer, body = ask(wire, "POST", "/api/v1/echo", headers, iter([b'{"a"', b": 1}"]))
    assert (answer.status, body) == (200, b'{"data":{"a":1}}')


def test_chunks_without_end_are_refused(wire, headers):
    wire.putrequest("POST", "/api/v1/echo")
    for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
        wire.putheader(name, value)
    wire.endheaders()
    with suppress(ConnectionError):  # the server may hang up while we still send
        for _ in range(300):
            wire.send(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")
    assert wire.getresponse().status == 413


def test_a_body_that_breaks_off_does_no_harm(port, wire, headers):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port)) as broken:
        text = (
            f"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: 99\r\n\r\n{{"
        )
        broken.sendall(text.encode())
    assert ask(wire, "GET", "/api/v1/echo", headers)[0].status == 200


def test_bodies_that_never_come_hold_no_more_than_half_of_the_threads(port, wire, headers):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\n{head}"
    with ExitStack() as stuck:
        for rest in (CHUNK, "Content-Length: 99\r\n\r\n{") * 3:
            sender = stuck.enter_context(socket.create_connection(("127.0.0.1", port)))
            sender.sendall((start + rest).encode())
        assert ask(wire, "GET", "/api/v1/echo", headers)[0].status == 200
        answer, _ = ask(wire, "POST", "/api/v1/echo", headers, b"{}")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    until(lambda: again(port, headers) == 200, what="room for bodies")


def again(port, headers):
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(wire):
        return ask(wire, "POST", "/api/v1/echo", headers, b"{}")[0].status


def test_a_key_rotated_or_revoked_elsewhere_is_soon_refused_here(wire, environment):
    """Nothing but time tells this process: it remembers a key for a moment only."""

    def status(token):
        headers = {"Authorization": f"Bearer {token}"}
        return ask(wire, "GET", "/api/v1/echo", headers)[0].status

    def refused(token):
        deadline = time.monotonic() + 30
        while status(token) != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    old = manage(environment, "create_api_key", "acme", "--name", "short")
    assert status(old) == 200
    fresh = manage(environment, "rotate_api_key", "acme", "short", "--overlap", "0")
    refused(old)
    assert status(fresh) == 200
    manage(environment, "revoke_api_key", "acme", fresh[:12])
    refused(fresh)
