"""The start page in a real browser: figures, chart, rankings, and reports followed live."""

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser import traffic as known
from tests.browser.people import enter

SECONDS = 1000


def figure(page, metric):
    """Return the headline figure of a metric."""
    return page.locator(f'.figure[data-metric="{metric}"] .figure-value')


def submit(page, **choices):
    """Submit a report by the form; returns its line in the list."""
    page.get_by_role("button", name="New report").click()
    for label, value in choices.items():
        page.get_by_label(label.replace("_", " "), exact=True).select_option(value)
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/reports")) as answer:
        page.get_by_role("button", name="Run the report").click()
    assert answer.value.status == 202
    return page.locator(f'[data-report="{answer.value.json()["id"]}"]')


def test_shows_the_figures_that_were_sent(page):
    expect(figure(page, "visitors")).to_have_text(str(known.VISITORS), timeout=60 * SECONDS)
    expect(figure(page, "sessions")).to_have_text(str(known.VISITORS))
    expect(figure(page, "page_views")).to_have_text(str(known.PAGE_VIEWS))
    expect(figure(page, "conversions")).to_have_text(str(known.CONVERSIONS))
    expect(figure(page, "revenue")).to_have_text(known.REVENUE)


def test_compares_with_no_period_before_the_data_began(page):
    figures = page.locator("#figures")
    expect(figures).to_have_attribute("data-compared", "not covered", timeout=60 * SECONDS)
    expect(page.locator(".figure-change:not(:empty)")).to_have_count(0)


def test_draws_the_chart_by_hour(page):
    chart = page.locator("#chart")
    expect(chart.locator("canvas")).to_be_visible(timeout=60 * SECONDS)
    assert 6 * 24 < int(chart.get_attribute("data-points")) <= 7 * 24
    painted = chart.locator("canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.some((byte) => byte !== 0)"
    )
    assert painted


def test_chart_follows_the_figure_and_the_buckets_chosen(page):
    expect(page.locator("#chart canvas")).to_be_visible(timeout=60 * SECONDS)
    page.get_by_role("radio", name="Revenue").check(force=True)
    expect(page.locator("#chart-title")).to_have_text("Revenue")
    page.get_by_role("radio", name="Day", exact=True).check(force=True)
    expect(page.locator("#chart")).to_have_attribute("data-points", re.compile(r"^[78]$"))


def test_ranks_sources_pages_and_campaigns(page):
    sources = page.locator("#sources tbody tr")
    expect(sources).to_have_count(len(known.SOURCES), timeout=60 * SECONDS)
    for line, (name, count) in zip(sources.all(), known.SOURCES, strict=True):
        expect(line.locator("td").first).to_have_text(name)
        expect(line.locator("td").nth(1)).to_have_text(str(count))
    pages = page.locator("#pages tbody tr td:first-child")
    expect(pages).to_have_count(len(known.PATHS))
    assert set(pages.all_inner_texts()) == set(known.PATHS)
    expect(page.locator("#campaigns tbody tr")).to_have_count(1)
    expect(page.locator("#campaigns tbody")).to_contain_text("spring")


def test_submitted_report_is_followed_through_the_socket(watched, login, traffic):
    page = watched()
    frames: list[dict[str, Any]] = []
    looks: list[str] = []

    def note(frame):
        frames.append(json.loads(frame))

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    page.on("request", lambda request: looks.append(request.url))
    enter(page, login)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    looks.clear()
    line = submit(page, Broken_down_by="path", One_row_per="hour")
    expect(line.locator(".status")).to_have_text("Finished", timeout=60 * SECONDS)
    expect(line.locator("progress")).to_be_hidden()
    report_id = line.get_attribute("data-report")
    told = [m["type"] for m in frames if m.get("report", {}).get("id") == report_id]
    assert told[-1] == "report.succeeded", told
    assert not any(f"/reports/{report_id}" in url or "/reports?" in url for url in looks), looks
    line.get_by_role("button", name=re.compile("View")).click()
    expect(page.locator("#preview tbody tr").first).to_contain_text("/")
    expect(page.locator("#preview-lead")).to_contain_text("rows")


def test_result_is_downloaded_as_csv(page):
    line = submit(page, Broken_down_by="source", One_row_per="")
    expect(line.locator(".status")).to_have_text("Finished", timeout=60 * SECONDS)
    with page.expect_download() as download:
        line.get_by_role("button", name=re.compile("CSV")).click()
    rows = download.value.path().read_text().split()
    assert rows[0].startswith("source,")
    assert len(rows) == 1 + len(known.SOURCES)


def test_refused_report_is_explained_at_its_field(page):
    page.get_by_role("button", name="New report").click()
    for name in ("Visitors", "Conversions", "Revenue"):
        page.locator("#metric-choices").get_by_label(name).uncheck(force=True)
    page.get_by_role("button", name="Run the report").click()
    expect(page.locator("#submission-error")).to_contain_text("at least one figure")
    expect(page.locator('[data-field="metrics"] .field-error')).to_be_visible()


def test_page_goes_on_without_the_socket(watched, login, traffic, stack):
    page = watched()
    page.route_web_socket(re.compile("/ws/v1/"), lambda socket: socket.close(code=1013))
    enter(page, login)
    expect(page.locator("#connection")).to_have_attribute("data-state", "polling")
    line = submit(page, Broken_down_by="medium", One_row_per="day")
    expect(line.locator(".status")).to_have_text("Finished", timeout=60 * SECONDS)


def test_socket_that_died_is_opened_again(watched, login, traffic, stack):
    page = watched(forgiven="WebSocket connection to")
    enter(page, login)
    connection = page.locator("#connection")
    expect(connection).to_have_attribute("data-state", "live")
    died = stack.kill9("ws")
    expect(connection).to_have_attribute("data-state", "polling")
    line = submit(page, Broken_down_by="event_name", One_row_per="")
    expect(line.locator(".status")).to_have_text("Finished", timeout=60 * SECONDS)
    stack.replaced("ws", died)
    expect(connection).to_have_attribute("data-state", "live", timeout=60 * SECONDS)
    line = submit(page, Broken_down_by="hostname", One_row_per="")
    expect(line.locator(".status")).to_have_text("Finished", timeout=60 * SECONDS)


def test_period_without_events_offers_a_way_out(page):
    expect(page.locator("#chart canvas")).to_be_visible(timeout=60 * SECONDS)
    page.get_by_role("radio", name="Custom").check(force=True)
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_label("to", exact=True).fill("2020-01-03")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#traffic .message")).to_contain_text("No events in this period")
    page.get_by_role("button", name="Show the week up to it").click()
    expect(figure(page, "visitors")).to_have_text(str(known.VISITORS), timeout=60 * SECONDS)


def test_narrow_and_dark_page_has_no_sideways_scroll(watched, login, traffic):
    page = watched(viewport={"width": 360, "height": 740}, color_scheme="dark")
    enter(page, login)
    expect(page.locator("#chart canvas")).to_be_visible(timeout=60 * SECONDS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
