"""A report that takes seconds: its progress is seen, and a person can stop it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import enter
from tests.live import work
from tests.live.client import Client
from tests.live.stack import until

SECONDS = 1000


@pytest.fixture(scope="module")
def heavy(stack):
    """A caller in an organization, the administrator's too, whose queries take seconds."""
    stack.manage("prepare", "--organization", "heavy")
    caller = Client(stack, stack.key("heavy"))
    sent = work.fill(caller)
    until(lambda: work.count(caller) == sent, seconds=90, every=0.3, what="storing")
    yield caller
    caller.close()


@pytest.fixture
def page(watched, login, heavy):
    """The start page of the heavy organization, connected."""
    opened = watched()
    enter(opened, login)
    opened.goto("/?organization=heavy")
    expect(opened.locator("#connection")).to_have_attribute("data-state", "live")
    return opened


def test_progress_is_seen_until_the_report_is_done(page, heavy):
    report = heavy.submit("query", work.slow(97))
    line = page.locator(f'[data-report="{report["id"]}"]')
    expect(line.locator(".status")).to_have_text("Running", timeout=30 * SECONDS)
    bar = line.locator("progress")
    expect(bar).to_have_attribute("value", re.compile(r"^0\.\d"), timeout=60 * SECONDS)
    expect(line.locator(".report-line")).to_contain_text("%")
    expect(line.locator(".status")).to_have_text("Finished", timeout=90 * SECONDS)
    expect(bar).to_be_hidden()
    with page.expect_download() as download:
        line.get_by_role("button", name=re.compile(" as JSON")).click()
    assert '"rows"' in download.value.path().read_text()


def test_running_report_is_cancelled(page, heavy):
    report = heavy.submit("query", work.slow(96))
    line = page.locator(f'[data-report="{report["id"]}"]')
    expect(line.locator(".status")).to_have_text("Running", timeout=30 * SECONDS)
    line.get_by_role("button", name=re.compile("Cancel")).click()
    expect(line.locator(".status")).to_have_text("Cancelled", timeout=30 * SECONDS)
    expect(line.get_by_role("button", name=re.compile("Run .* again"))).to_be_visible()
    assert heavy.report(report["id"])["status"] == "cancelled"
