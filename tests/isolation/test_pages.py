"""Pages: members see their own organization, and only operators see the admin."""

from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from tests.isolation.world import readable

OPEN = {"login", "jsi18n"}
PUBLIC = "8.8.8.8"
"""Where anybody may be; only private neighbours are told which organizations use the service."""


def pages():
    """Yield the address of every page of the admin, with an id where one is asked for."""
    for pattern in flattened(admin.site.urls[0]):
        for args in ([], ["1"], ["tenancy"], ["1", "1"]):
            try:
                yield pattern.name, reverse(f"admin:{pattern.name}", args=args)
            except NoReverseMatch:
                continue


def flattened(patterns):
    for one in patterns:
        if isinstance(one, URLPattern):
            if one.name:
                yield one
        else:
            yield from flattened(one.url_patterns)


def test_no_member_sees_a_page_of_the_admin(sides):
    found = dict(pages())
    assert len(found) > 20
    for side in sides:
        person = Client()
        person.force_login(side.user)
        for name, address in found.items():
            if name in OPEN:
                continue
            for answer in (person.get(address), person.post(address, {})):
                assert answer.status_code in (302, 403, 404, 405), (name, answer.status_code)
                if answer.status_code == 302 and name != "logout":
                    assert "/login" in answer["Location"] or "login" in answer["Location"], name
        person.force_login(side.user)


def test_the_start_page_is_that_of_ones_own_organization(sides):
    for side, other in (sides, sides[::-1]):
        person = Client()
        person.force_login(side.user)
        for address in ("/", f"/?organization={other.slug}", f"/?organization={side.slug}"):
            page = person.get(address)
            assert page.status_code == 200
            assert other.slug not in readable(page).replace(f"organization={other.slug}", "")
            assert side.slug in readable(page)


def test_pages_for_operators_and_machines_name_nobody(sides, client):
    for address in ("/metrics", "/healthz", "/readyz", "/api/v1", "/api/v1/schema"):
        text = readable(client.get(address, REMOTE_ADDR=PUBLIC))
        for side in sides:
            assert side.word not in text
            assert side.id not in text
