"""`GET /api/v1` and the OpenAPI document."""

import json

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.reports.doors import asked, get, post, submitted


@pytest.fixture
def document(client, db):
    return get(client, "/schema").json()


def test_the_root_names_the_links_and_the_socket(client, db):
    for address in ("", "/"):
        root = get(client, address).json()
        assert root["websocket"] == "ws://testserver:8001/ws/v1/"
        assert root["links"]["analytics.traffic"] == "/api/v1/analytics/traffic"


def test_every_address_of_the_root_is_there(client, db):
    for name, address in get(client, "").json()["links"].items():
        assert client.get(address).status_code != 404, name


def test_the_document_describes_every_endpoint(document):
    described = {path: set(methods) for path, methods in document["paths"].items()}
    assert described["/api/v1/analytics/query"] == {"post"}
    for kind in ("traffic", "campaigns", "realtime"):
        assert described[f"/api/v1/analytics/{kind}"] == {"get", "post"}
    assert described["/api/v1/reports"] == {"get", "post"}
    for action in ("cancel", "retry"):
        assert described[f"/api/v1/reports/{{report_id}}/{action}"] == {"post"}
    assert described["/api/v1/reports/{report_id}/result"] == {"get"}
    assert described["/api/v1/ws-tickets"] == {"post"}


def test_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name in text.split("#/components/schemas/")[1:]:
        assert name.split('"')[0] in schemas


def valid(document, name, value):
    """Check a value against one of the document's schemas."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)


def test_examples_fit_their_schemas(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            contents = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (part for each in contents for part in each.get("content", {}).values()):
                schema = content["schema"] | {"components": document["components"]}
                for example in content.get("examples", {}).values():
                    Draft202012Validator(schema).validate(example["value"])


def test_answers_fit_their_schemas(document, caller, worker, clicks):
    valid(document, "Result", asked(caller).json())
    submitted(caller, {"dimensions": ["source"], "limit": 3})
    valid(document, "ReportPage", get(caller, "/reports").json())
    for report in get(caller, "/reports").json()["items"]:
        valid(document, "Report", report)
    valid(document, "ReportProblem", post(caller, "/reports", {"kind": "x"}).json())
