"""Campaigns as callers make them, through the REST door."""

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from discovery.api import campaign_documents as documents
from tests.discovery.builders import MARCH, NEWS
from tests.reports.doors import post

WISH = {"name": "Spring sale", "filters": NEWS, "time_range": MARCH}


def fits(document):
    schemas = {**documents.COMPONENTS, "Filter": {}, "TimeZone": {}}
    schema = {**schemas["Campaign"], "components": {"schemas": schemas}}
    Draft202012Validator(schema).validate(document)
    return document


def made(caller, **more):
    answer = post(caller, "/campaigns", {**WISH, **more})
    assert answer.status_code == 201, answer.content
    return fits(answer.json())


def do(client, draft, deed):
    return post(client, f"/campaigns/{draft['id']}/{deed}")


def patch(client, address, body):
    return client.patch(address, body, "application/json")
