"""Requests are bounded before anything reads them."""

import io

import pytest
from django.test import RequestFactory

from warehouse.exceptions import InvalidRequest, TooLarge
from warehouse.gateway import bodies

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]
JSON = "application/json"


def test_a_view_has_a_limit_of_its_own(caller):
    assert caller.post("/api/v1/small", b"0123456789", JSON).status_code == 200
    refused = caller.post("/api/v1/small", b"0123456789+", JSON)
    assert refused.status_code == 413
    assert refused.json()["code"] == "too-large"
    assert "10 bytes" in refused.json()["detail"]


def test_a_view_takes_one_mebibyte_unless_it_says_otherwise(caller):
    assert caller.post("/api/v1/echo", b'"' + b"a" * (2**20), JSON).status_code == 413


def test_the_api_takes_16_mebibytes_and_a_page_one(caller, client):
    assert caller.post("/api/v1/bare", b"a" * (16 * 2**20 + 1), JSON).status_code == 413
    assert caller.post("/api/v1/bare", b"a" * (16 * 2**20), JSON).status_code == 405
    assert client.post("/page", b"a" * (2**20 + 1), JSON).status_code == 413


def test_an_announced_length_is_enough_to_refuse(caller):
    answer = caller.post("/api/v1/bare", b"", JSON, headers={"Content-Length": "99999999999"})
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "٣"])
def test_a_length_that_is_no_number_is_refused(length):
    request = RequestFactory().get("/api/v1/echo", CONTENT_LENGTH=length)
    assert isinstance(bodies.refuse(request), InvalidRequest)


def chunked(path, size):
    factory = RequestFactory(headers={"Transfer-Encoding": "chunked"})
    request = factory.post(path)
    request.META["wsgi.input"] = io.BytesIO(b"a" * size)
    return request


def test_a_chunked_body_is_measured():
    request = chunked("/api/v1/echo", 5000)
    assert bodies.refuse(request) is None
    assert request.META["CONTENT_LENGTH"] == "5000"
    assert request.body == b"a" * 5000


def test_a_chunked_body_over_the_cap_is_refused():
    assert isinstance(bodies.refuse(chunked("/page", 2**20 + 1)), TooLarge)
