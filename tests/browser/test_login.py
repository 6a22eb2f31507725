"""Coming in and leaving, in a real browser."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.people import enter, fill_in


def test_wrong_password_is_refused_with_advice(watched, login):
    page = watched()
    enter(page, {**login, "password": "not the password"})
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("Username")).to_have_value(login["username"])


def test_login_leads_on_to_the_page_that_was_asked_for(watched, login):
    page = watched()
    page.goto("/?organization=demo")
    assert urlsplit(page.url).path == "/login"
    fill_in(page, login)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert urlsplit(page.url).query == "organization=demo"


def test_who_has_left_is_asked_again(watched, login):
    page = watched()
    enter(page, login)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto("/")
    assert urlsplit(page.url).path == "/login"


def test_pages_bring_a_policy_without_inline_code(watched, login):
    page = watched()
    policy = page.goto("/login").header_value("Content-Security-Policy")
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy or "default-src 'self'" in policy
