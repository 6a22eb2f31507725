"""Lists come in pages that neither repeat nor skip rows."""

import base64
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from warehouse.gateway.models import IdempotencyRecord

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]
START = datetime(2026, 1, 1, tzinfo=UTC)


def fill(organization, names, at=START):
    for number, name in enumerate(names):
        # Two rows share each instant, so that the primary key has to tell them apart.
        created_at = at + timedelta(seconds=number // 2)
        IdempotencyRecord.objects.create(
            organization_id=organization.id, route="/x", key=name, created_at=created_at
        )


def walk(caller, url):
    pages = []
    while url:
        document = caller.get(url).json()
        pages.append(document["items"])
        url = document["next"]
    return pages


def test_pages_give_every_row_once_newest_first(acme, caller):
    fill(acme, [f"k{number:02}" for number in range(11)])
    pages = walk(caller, "/api/v1/listed?limit=3&kind=a&kind=b")
    assert [len(each) for each in pages] == [3, 3, 3, 2]
    keys = [key for each in pages for key in each]
    assert sorted(keys) == [f"k{number:02}" for number in range(11)]
    assert keys[0] == "k10"


def test_next_keeps_the_other_parameters(acme, caller):
    fill(acme, ["a", "b"])
    url = caller.get("/api/v1/listed?limit=1&kind=a&kind=b").json()["next"]
    assert url.startswith("http://testserver/api/v1/listed?limit=1&kind=a&kind=b&cursor=")


def test_rows_that_arrive_meanwhile_do_not_disturb(acme, caller):
    fill(acme, ["a", "b", "c", "d"])
    first = caller.get("/api/v1/listed?limit=2").json()
    fill(acme, ["new"], START + timedelta(days=1))
    second = caller.get(first["next"]).json()
    assert sorted(first["items"] + second["items"]) == ["a", "b", "c", "d"]


def test_a_page_shows_only_what_the_view_gave(acme, globex, caller):
    fill(globex, ["theirs"])
    assert caller.get("/api/v1/listed").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=é", "cursor"),
        ("cursor=WzEsMl0", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("cursor=WyIyMDI2LTAxLTAxIiwiYSJd", "cursor"),
        ("cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIixbXV0", "cursor"),
    ],
)
def test_a_bad_limit_or_cursor_gets_400(caller, query, field):
    answer = caller.get(f"/api/v1/listed?{query}")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_both_bad_ones_are_named_at_once(caller):
    errors = caller.get("/api/v1/listed?limit=0&cursor=x").json()["errors"]
    assert [each["field"] for each in errors] == ["limit", "cursor"]


@pytest.mark.parametrize(
    "place",
    [
        ["2026-01-01T00:00:00Z", -1],
        ["2026-01-01T00:00:00Z", 1e308],
        ["2026-01-01T00:00:00Z", True],
        ["0001-01-01T00:00:00+23:59", 1],
        ["9999-12-31T23:59:59-23:59", 1],
    ],
)
def test_a_cursor_made_up_is_refused(caller, place):
    token = base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")
    answer = caller.get(f"/api/v1/listed?cursor={token}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]
