"""No secret that is used in a live run is found in any line or file it leaves behind.

The run logs at DEBUG, and everything that carries a secret happens in it, rightly and wrongly.
"""

import contextlib
import json
import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import websockets.sync.client
from websockets.exceptions import WebSocketException

from tests.live import work
from tests.live.client import Client
from tests.live.stack import BASE, Stack, free_ports, until
from warehouse.env import read
from warehouse.supervisor import programs
from warehouse.tenancy import keys

DEBUG = {"TRELLIS_LOG_LEVEL": "DEBUG"}
# The first start shows its own login and token on purpose; nothing here uses them.
ON_PURPOSE = {"first-login.json", "secret-key"}


@pytest.fixture(scope="module")
def talkative():
    """A run that logs everything it can."""
    stack = Stack(DEBUG)
    try:
        yield stack.start()
        stack.stop()
    finally:
        stack.destroy()


def test_a_whole_run_tells_no_secret(talkative):
    token = talkative.organization("acme")
    used = {"token": token, "no token": keys.new_token(), "key": secrets.token_urlsafe(24)}
    used["password"], used["wrong password"] = secrets.token_hex(16), secrets.token_hex(16)
    used["link"] = secrets.token_urlsafe(32)
    client = Client(talkative, token)
    ask(client, used)
    used["ticket"] = client.request("POST", "/ws-tickets").json()["ticket"]
    used |= log_in(talkative, used["password"], used["wrong password"])
    listen(talkative, used)
    client.send(work.events("secret", size=3), key="plain")
    until(lambda: work.count(client) == 3, seconds=60, what="storing")
    client.close()
    assert "/invitations/" in talkative.output, "the run is to be logged"
    for name, secret in used.items():
        assert secret not in talkative.output, name
    for name, secret in used.items() - {("session", used["session"])}:
        assert not files_with(talkative.var, secret), name


def ask(client, used):
    """Show tokens where they belong and where they do not."""
    for token in (used["token"], used["no token"], used["link"]):
        for query in ("", f"?token={token}", f"?access_token={token}&api_key={token}"):
            for scheme in ("Bearer", "Basic", "Token"):
                headers = {"Authorization": f"{scheme} {token}"}
                client.http.get(f"/reports{query}", headers=headers)
    for path in (f"/invitations/{used['link']}", f"/api/v1/nothing/{used['token']}"):
        assert httpx.get(client.stack.url + path).status_code == 404
    question = {"metrics": ["events"], "dimensions": ["source"], **work.WINDOW}
    for _ in range(2):
        client.submit("query", question, key="twice")


def log_in(stack, password, wrong):
    """Log a person in, after a wrong try; returns the session's and the CSRF cookie."""
    stack.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser('ada', '', '{password}')",
    )
    with httpx.Client(base_url=stack.url, timeout=40) as browser:
        for said, status in ((wrong, 200), (password, 302)):
            page = browser.get("/login").text
            form = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
            sent = {"username": "ada", "password": said, "csrfmiddlewaretoken": form}
            assert browser.post("/login", data=sent).status_code == status
        assert browser.get("/admin/").status_code == 200
        return {"session": browser.cookies["sessionid"], "csrf": browser.cookies["csrftoken"]}


def listen(stack, used):
    """Open sockets with the token, the ticket twice, and both where they do not belong."""
    for query in (
        f"?ticket={used['ticket']}",
        f"?ticket={used['ticket']}",
        f"?token={used['key']}",
    ):
        speak(stack.ws_url + query)
    for scheme in ("Bearer", "Basic"):
        speak(stack.ws_url, Authorization=f"{scheme} {used['token']}")
    speak(stack.ws_url, Cookie=f"sessionid={used['session']}", Origin="http://evil.example")


def speak(address, **headers):
    with (
        contextlib.suppress(WebSocketException),
        websockets.sync.client.connect(address, additional_headers=headers) as socket,
    ):
        socket.send(json.dumps({"type": "ping"}))
        socket.recv(timeout=20)


def files_with(folder, secret):
    """Return the files below `folder` in which the secret stands."""
    found = secret.encode()
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ON_PURPOSE)
    return [path.name for path in files if found in path.read_bytes()]


@pytest.fixture
def unreachable(tmp_path):
    """The environment of an installation all whose servers are away, and their password."""
    password = secrets.token_hex(16)
    [port] = free_ports(1)
    stack = Stack(var=tmp_path)
    servers = {
        "TRELLIS_REDIS_URL": f"redis://ada:{password}@127.0.0.1:{port}",
        "TRELLIS_DATABASE_URL": f"postgres://ada:{password}@127.0.0.1:{port}/trellis",
        "TRELLIS_CLICKHOUSE_URL": f"http://ada:{password}@127.0.0.1:{port}",
    }
    return stack.environment() | DEBUG | servers, password


def test_no_password_of_a_server_that_is_away_is_told(unreachable):
    environment, password = unreachable
    env = read(environment)
    started = (programs.worker(env), programs.command("doctor", "doctor"), programs.beat(env))
    with ThreadPoolExecutor() as pool:
        told = list(pool.map(lambda one: run_for_a_moment(one.argv, environment), started))
    for program, said in zip(started, told, strict=True):
        assert said, program.name
        assert password not in said, program.name


def run_for_a_moment(argv, environment):
    """Run a program until it ends, or complains of its servers for the first time."""
    with subprocess.Popen(
        argv,
        cwd=BASE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "rror" in line and "refused" in line:
                break
        process.kill()
        return "".join([*lines, process.stdout.read()])
