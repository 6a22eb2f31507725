"""A worker killed in the middle of an erasure or an export: it ends all the same, and right."""

import hashlib
import io
import json
import threading
import zipfile

import pytest

from tests.live import work
from tests.live.client import Client
from tests.live.stack import until
from warehouse.tenancy.principal import SCOPES

BATCHES = 6
EVENTS = BATCHES * work.BATCH
MINE = BATCHES * work.BATCH // 50
"""Events of each of the fifty visitors."""
STAGE = "SELECT stage FROM custody_errand WHERE id = '{}' AND state = 'running'"


@pytest.fixture
def filled(stack, organization):
    """An administrator of an organization that holds some thousand events of fifty visitors."""
    client = Client(stack, stack.key(organization, *SCOPES))
    for batch in range(BATCHES):
        client.send(work.events(batch), key=f"custody-{batch}")
    until(lambda: work.count(client) == EVENTS, seconds=90, every=0.3, what="storing")
    yield client
    client.close()


def struck(stack, errand, stages):
    """Kill the worker each time the errand has come to the next of `stages`."""
    question = STAGE.format(errand.replace("-", ""))
    for stage in stages:
        seen = until(lambda: stack.relational(question), every=0.002, seconds=60, what=stage)
        assert seen
        pid = stack.kill9("worker")
        stack.replaced("worker", pid)


def ended(client, path):
    """The document of an errand once it has ended."""

    def look():
        document = client.persist("GET", path).json()
        return document if document["status"] in {"succeeded", "failed"} else None

    return until(look, seconds=120, every=0.3, what=f"the end of {path}")


def test_a_visitor_is_erased_over_the_death_of_workers(stack, filled):
    asked = filled.persist("POST", "/erasures", json={"visitor_id": "visitor-7"}).json()
    struck(stack, asked["id"], ["a first step", "a later step"])
    erasure = ended(filled, f"/erasures/{asked['id']}")
    assert erasure["status"] == "succeeded", erasure
    removed = {place["place"]: place["removed"] for place in erasure["receipt"]["places"]}
    assert removed["clickhouse.analytics_events"] == MINE
    assert removed["clickhouse.event_ids"] == MINE
    assert erasure["receipt"]["left"] == 0
    found = filled.query(
        work.WINDOW | {"metrics": ["events"], "dimensions": ["visitor_id"], "limit": 100}
    )
    counted = dict(found["rows"])
    assert "visitor-7" not in counted
    assert set(counted.values()) == {MINE}
    assert len(counted) == 49
    figures = filled.query(work.WINDOW | {"metrics": ["events", "visitors", "sessions"]})
    [[events, visitors, _]] = figures["rows"]
    assert (events, visitors) == (EVENTS - MINE, 49)


def test_an_export_is_whole_over_the_death_of_a_worker(stack, filled):
    asked = filled.persist("POST", "/exports", json={}).json()
    struck(stack, asked["id"], ["writing"])
    made = ended(filled, f"/exports/{asked['id']}")
    assert made["status"] == "succeeded", made
    data = filled.request("GET", f"/exports/{asked['id']}/download").content
    assert hashlib.sha256(data).hexdigest() == made["sha256"]
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("manifest.json"))
    rows = {file["name"]: file["rows"] for file in manifest["files"]}
    assert rows["events/2026-01.parquet"] == EVENTS


def test_an_organization_is_erased_over_the_death_of_workers(stack, filled, organization):
    bystander = Client(stack, stack.organization("bystander"))
    bystander.send(work.events("kept"), key="kept")
    until(lambda: work.count(bystander) == work.BATCH, seconds=60, every=0.3, what="storing")
    arguments = ("erase_organization", organization, "--confirm", organization)
    said = []
    command = threading.Thread(target=lambda: said.append(stack.manage(*arguments, seconds=180)))
    command.start()
    question = "SELECT id FROM custody_errand WHERE kind = 'organization' AND state = 'running'"
    [[errand]] = until(lambda: stack.relational(question), seconds=60, what="the erasure")
    struck(stack, errand, ["a first step", "a later step"])
    command.join(180)
    receipt = json.loads(said[0])
    removed = {place["place"]: place["removed"] for place in receipt["places"]}
    assert removed["clickhouse.analytics_events"] == EVENTS
    assert receipt["left"] == 0
    assert filled.request("GET", "/reports").status_code == 401
    assert work.count(bystander) == work.BATCH
    bystander.close()
