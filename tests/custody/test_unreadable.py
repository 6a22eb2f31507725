"""A batch that nobody can read is in the way of no erasure, and no erasure in the way of intake."""

from datetime import timedelta

import orjson
import pytest
import zstandard

from enrichment import columns, erasing, groups, sealing
from enrichment.models import Batch
from tests.custody.stations import take
from tests.custody.test_visitor import ask, removed
from tests.enrichment.senders import LEASE, NOW, send, stored, view
from warehouse.custody import errands
from warehouse.custody.models import Errand
from warehouse.exceptions import SourceUnavailable

PACKED = zstandard.ZstdCompressor().compress
DAMAGED = {
    "no archive": b"nothing that was ever packed",
    "cut off": PACKED(b'{"count": 1}' * 100)[:-9],
    "no JSON": PACKED(b"{"),
    "another format": PACKED(b"[1]"),
    "columns of another length": PACKED(orjson.dumps({"count": 2, "values": {"event_id": ["a"]}})),
    "no time": PACKED(orjson.dumps({"count": 1, "values": {"visitor_id": ["v2"]}})),
    "another kind of visitor": PACKED(
        orjson.dumps({"count": 1, "values": {"event_time": [7], "visitor_id": [7]}})
    ),
}


@pytest.mark.parametrize("state", ["rejected", "pending"])
@pytest.mark.parametrize("payload", DAMAGED.values(), ids=DAMAGED)
def test_a_batch_that_cannot_be_read_goes_whole_and_its_row_says_so(station, acme, payload, state):
    send(acme, view(event_id="a"), view(event_id="b", visitor_id="v2"))
    damaged = Batch.objects.get()
    Batch.objects.update(state=state, payload=payload)
    send(acme, view(event_id="c"), view(event_id="d", visitor_id="v2"))
    errand = station.done(ask(acme))
    damaged.refresh_from_db()
    assert (damaged.state, bytes(damaged.payload)) == ("rejected", b"")
    assert damaged.reason == erasing.REASON
    assert removed(errand)["database.unreadable_batches"] == 1
    assert removed(errand)["database.waiting_events"] == 1
    assert errand.receipt["left"] == 0
    assert stored(station.clickhouse, acme) == ["d"]
    assert not groups.try_again(damaged)
    assert removed(station.done(ask(acme)))["database.unreadable_batches"] == 0


def test_a_batch_that_the_pipeline_fails_on_is_searched_and_stays(station, acme):
    send(acme, view(event_id="a"), view(event_id="b", visitor_id="v2"))
    batch = Batch.objects.get()
    sent = columns.unpack(bytes(batch.payload))
    sent.values["url"] = [7, 7]
    payload, _ = columns.pack(sent)
    Batch.objects.update(state="rejected", payload=payload)
    errand = station.done(ask(acme))
    assert removed(errand)["database.waiting_events"] == 1
    assert removed(errand)["database.unreadable_batches"] == 0
    batch.refresh_from_db()
    assert columns.unpack(bytes(batch.payload)).get("visitor_id") == ["v2"]


def test_who_empties_a_batch_meanwhile_has_the_last_word(station, acme, monkeypatch):
    send(acme, view(event_id="a"), view(event_id="b", visitor_id="v2"))
    Batch.objects.update(state="rejected")

    def emptied(payload):
        Batch.objects.update(payload=b"", reason="forgotten")
        return columns.unpack(payload)

    monkeypatch.setattr(columns, "salvage", emptied)
    erasing.drop(acme.pk, "v1", now=NOW)
    batch = Batch.objects.get()
    assert (bytes(batch.payload), batch.reason) == (b"", "forgotten")


def test_what_is_unreadable_of_another_organization_stays(station, acme, globex):
    send(globex, view())
    Batch.objects.update(state="rejected", payload=b"x")
    station.done(ask(acme))
    assert bytes(Batch.objects.get().payload) == b"x"


def failing(station):
    """Have an erasure that has sealed the lane fail until it is given up."""

    def work(task):
        sealing.seal(task.errand)
        raise SourceUnavailable

    for _ in range(errands.MAX_FAILURES):
        station.now += timedelta(minutes=6)
        station.runner({"visitor": work}).work_once()
        station.store()


def deadly(station):
    """Have an erasure that has sealed the lane take its workers with it until it is given up."""
    for _ in range(errands.MAX_DEATHS):
        if errand := take(station):
            sealing.seal(errand)
        station.store()
        station.now += LEASE
    take(station)


@pytest.mark.parametrize("end", [failing, deadly])
def test_an_erasure_that_is_given_up_leaves_no_lane_sealed(station, acme, end):
    send(acme, view(event_id="a"))
    ask(acme)
    end(station)
    assert Errand.objects.get().state == "failed"
    send(acme, view(event_id="b"))
    station.store()
    assert stored(station.clickhouse, acme) == ["a", "b"]
