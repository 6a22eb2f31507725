"""A real Chromium before the real product; whatever it complains about fails the test."""

import json
import shutil
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.people import enter
from tests.browser.traffic import events
from tests.live.stack import started, until

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium on this machine: get it with `apt-get install chromium`"


def pytest_collection_modifyitems(items):
    """Mark everything in this folder, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser; tests are skipped where there is none."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    if not found:
        pytest.skip(MISSING)
    return found[0]


@pytest.fixture(scope="package")
def stack(chromium):
    """The real processes, started only where there is a browser to look at them."""
    with started() as running:
        yield running


@pytest.fixture(scope="package")
def login(stack):
    """The first login of the installation: username, password, organization, token."""
    return json.loads((stack.var / "first-login.json").read_text())


@pytest.fixture(scope="package")
def traffic(stack, login):
    """Known events of the last days, sent through the intake and counted by the warehouse."""
    sent = events()
    headers = {"Authorization": f"Bearer {login['token']}"}
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers, timeout=40) as api:
        answer = api.post("/events", json=sent)
        assert answer.json()["accepted"] == len(sent), answer.text

        def stored():
            question = {"metrics": ["events"], "period": "last_90_days"}
            fresh = {"Cache-Control": "no-cache", "Prefer": "wait=20"}
            result = api.post("/analytics/query", json=question, headers=fresh).json()
            return result.get("rows", [[0]])[0][0] == len(sent)

        until(stored, seconds=60, every=0.3, what="storing of the events")
    return sent


LEFT = "WebSocket is closed before the connection is established"
"""What Chromium says when a page is left while its socket is still being opened."""


@pytest.fixture(scope="package")
def browser(chromium):
    """A headless browser, closed before tests that want an event loop of their own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def watched(browser, stack):
    """Open a page with a context of its own: `watched(**context)` returns it.

    At the end of the test no page may have written an error to its console (but those that begin
    with `forgiven`), thrown one, or asked another host than the product's for anything.
    """
    contexts, trouble = [], []

    def open_page(forgiven=None, **options):
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | options
        context = browser.new_context(base_url=stack.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: trouble.append(f"thrown: {error}"))
        page.on("console", lambda line: _note_line(line, forgiven, trouble))
        page.on("request", lambda request: _note_host(request.url, trouble))
        page.on("websocket", lambda socket: _note_host(socket.url, trouble))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def page(watched, login, traffic):
    """The start page of somebody who has just logged in."""
    opened = watched()
    enter(opened, login)
    return opened


def _note_line(line, forgiven, trouble):
    if LEFT in line.text:
        return
    excused = forgiven and line.text.startswith(forgiven)
    if line.type in {"error", "warning"} and not excused:
        trouble.append(f"console: {line.text} {line.location}")


def _note_host(url, trouble):
    if urlsplit(url).hostname not in {"127.0.0.1", None}:
        trouble.append(f"asked another host: {url}")
