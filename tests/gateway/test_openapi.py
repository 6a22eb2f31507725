"""The API describes itself."""

import re

import pytest
from django.contrib.staticfiles import finders

from reports.webhooks.fanout import EVENTS


@pytest.mark.urls("tests.gateway.urls")
def test_the_document_is_openapi_31_with_both_ways_to_log_in(client):
    document = client.get("/api/v1/schema").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    assert "/api/v1/echo" in document["paths"]


def test_every_message_is_a_webhook_of_the_document(client):
    document = client.get("/api/v1/schema").json()
    kinds = {name.partition(".")[0] for name in document["webhooks"]}
    assert set(EVENTS) < set(document["webhooks"])
    assert kinds == {"report", "schedule", "webhook"}
    schemas = document["components"]["schemas"]
    for name, hook in document["webhooks"].items():
        whole, own = hook["post"]["requestBody"]["content"]["application/json"]["schema"]["allOf"]
        assert whole == {"$ref": "#/components/schemas/WebhookMessage"}
        assert own["properties"]["type"] == {"const": name}
        data = schemas[own["properties"]["data"]["$ref"].rpartition("/")[2]]
        if name.startswith("schedule."):
            assert set(data["properties"]) == {"schedule", "report", "error", "result"}


def test_the_page_has_only_our_own_files_and_nothing_inline(client):
    page = client.get("/api/v1/docs").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) >= 5
    for address in addresses:
        assert address.startswith("/static/")
        assert finders.find(address.removeprefix("/static/")), address
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert 'data-schema="/api/v1/schema"' in page


def test_every_operation_of_an_organization_may_answer_429(client):
    document = client.get("/api/v1/schema").json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    counted = [each for each in operations if each.get("security")]
    assert len(counted) > 30
    for operation in counted:
        answer = operation["responses"]["429"]
        assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(answer["headers"])
        assert set(answer["content"]) == {"application/problem+json"}
