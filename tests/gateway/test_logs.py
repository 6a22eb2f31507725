"""Log lines say which request and which organization they belong to."""

import io
import logging

import orjson
import pytest

from warehouse.gateway.logs import JsonFormatter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]


@pytest.fixture
def lines():
    """The gateway's log lines of a test, decoded when called."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("warehouse.gateway")
    logger.addHandler(handler)
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_change_leaves_a_line_with_its_organization_and_request(caller, lines):
    answer = caller.post("/api/v1/echo", {}, "application/json")
    (line,) = lines()
    assert line["message"] == "POST /api/v1/echo 200"
    assert line["organization"] == "acme"
    assert line["request_id"] == answer["X-Request-ID"]
    assert line["level"] == "info"
    assert line["milliseconds"] >= 0


def test_a_refusal_leaves_a_line_without_the_organization_before(caller, client, lines):
    caller.get("/api/v1/echo")
    client.get("/api/v1/echo")
    (line,) = lines()
    assert line["message"] == "GET /api/v1/echo 401"
    assert "organization" not in line


def test_a_fault_of_a_source_leaves_its_trace(caller, lines):
    caller.get("/api/v1/failing?how=timeout")
    assert len(lines()) == 1
    logging.getLogger("warehouse.gateway").error("x", exc_info=ValueError("why"))
    assert "ValueError: why" in lines()[-1]["trace"]


def test_a_line_break_in_an_address_makes_no_second_line(client, lines):
    client.get("/api/v1/a%0Ab")
    assert len(lines()) == 1
