"""An export holds everything an organization owns, nothing of another's, no secret, and says so."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enrichment import columns
from enrichment.models import Batch
from reports.stores.folder import Folder
from tests.custody.stations import KEEP
from tests.discovery.pattern_builders import pattern
from tests.enrichment.senders import LEASE, NOW, send, view
from tests.reports.builders import submit
from tests.reports.outgoing import outgoing
from warehouse import costs
from warehouse.costs import Spent
from warehouse.custody import orders, shelf, takeout, tending
from warehouse.exceptions import Gone
from warehouse.schema.events import EVENTS
from warehouse.tenancy import keys
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import ApiKey, AuditEntry

ACTOR = Actor("user:1", "alice")


def ask(organization):
    return orders.take_out(organization, actor=ACTOR, now=NOW)


def opened(results, errand):
    """The archive as whoever has downloaded it sees it."""
    data = (results / errand.file_name).read_bytes()
    assert len(data) == errand.file_bytes
    assert hashlib.sha256(data).hexdigest() == errand.file_sha256
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def lines(archive, name):
    return [json.loads(line) for line in archive.read(f"{name}.ndjson").splitlines()]


def test_everything_is_in_it_and_the_manifest_proves_it(each_station, results, acme, globex, alice):
    station = each_station
    _, token = keys.issue(acme, name="collector", scopes=["events:write"])
    costs.store(str(acme.pk), [Spent(NOW.date(), "summer", 505_000)], now=NOW)
    bought = {"conversion_value": "49.9", "properties": {"plan": "pro", "näme": "x"}}
    send(
        acme,
        view(event_id="a", event_time="2026-02-03T04:05:06.007Z", **bought),
        view(event_id="b", event_time="2026-03-03T00:00:00Z", event_name="purchase", **bought),
        view(event_id="c", event_time="2026-03-04T00:00:00Z"),
    )
    send(globex, view(event_id="foreign"))
    station.store()
    submit(acme, question="asked", now=NOW)
    outgoing(acme, "nightly", now=NOW)
    outgoing(globex, "foreign", now=NOW)
    pattern(acme, now=NOW)
    pattern(globex, now=NOW, suggested_name="foreign")
    errand = station.done(ask(acme))
    archive = opened(results, errand)

    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["organization"] == {"id": str(acme.pk), "slug": "acme"}
    for file in manifest["files"]:
        data = archive.read(file["name"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    rows = {file["name"]: file["rows"] for file in manifest["files"]}
    assert rows["events/2026-02.parquet"] == 1
    assert rows["events/2026-03.parquet"] == 2
    assert set(archive.namelist()) == {*rows, "manifest.json"}

    february, march = (
        pq.read_table(pa.BufferReader(archive.read(f"events/2026-{month}.parquet")))
        for month in ("02", "03")
    )
    assert february.schema.equals(EVENTS)
    [event] = february.to_pylist()
    assert event["event_time"].isoformat() == "2026-02-03T04:05:06.007000+00:00"
    assert dict(event["properties"]) == {"plan": "pro", "näme": "x"}
    assert str(march.to_pylist()[0]["conversion_value"]) == "49.9000"
    assert march["event_id"].to_pylist() == ["b", "c"]

    assert [one["slug"] for one in lines(archive, "settings")] == ["acme"]
    assert [(one["username"], one["role"]) for one in lines(archive, "members")] == [
        ("alice", "owner")
    ]
    assert [one["name"] for one in lines(archive, "keys")] == ["collector"]
    assert lines(archive, "costs") == [
        {"day": "2026-03-10", "campaign_id": "summer", "spend": 50.5}
    ]
    assert [one["kind"] for one in lines(archive, "reports")] == ["query"]
    assert [one["url"] for one in lines(archive, "webhooks")] == ["https://nightly.example/"]
    assert [one["name"] for one in lines(archive, "schedules")] == ["nightly"]
    assert "forum · US" in [one["suggested_name"] for one in lines(archive, "patterns")]
    assert "takeout.asked" in [one["action"] for one in lines(archive, "audit")]
    secrets = [token, ApiKey.objects.get().digest, acme.visitor_salt, "foreign", str(globex.pk)]
    secrets += ["sealed-nightly"]
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert not [secret for secret in secrets if secret in everything]


@pytest.mark.parametrize("keeps", [False, True])
def test_what_is_not_stored_is_handed_over_as_it_may_be_kept(station, results, acme, globex, keeps):
    acme.store_ip = keeps
    acme.save()
    for state, organization in (("rejected", acme), ("pending", acme), ("rejected", globex)):
        send(organization, view(event_id=state, ip="203.0.113.9"), view())
        Batch.objects.filter(state="pending").update(state=state, reason=state)
    damaged = Batch.objects.filter(organization=acme, state="rejected")
    damaged.update(payload=b"damaged 203.0.113.9")
    errand = station.done(ask(acme), storing=False)
    archive = opened(results, errand)
    manifest = json.loads(archive.read("manifest.json"))
    files = {one["name"]: one for one in manifest["files"] if one["name"].startswith("unstored/")}
    assert {tuple(sorted(one)) for one in errand.receipt["files"]} == {tuple(sorted(takeout.TOLD))}
    mine = Batch.objects.filter(organization=acme)
    assert set(files) == {f"unstored/{batch.pk}.json.zst" for batch in mine}
    for batch in mine:
        name = f"unstored/{batch.pk}.json.zst"
        assert files[name]["damaged"] == (batch.state == "rejected")
        if files[name]["damaged"]:
            assert archive.read(name) == b""
        else:
            events = columns.unpack(archive.read(name))
            assert events.get("event_id")[0] == batch.state
            assert events.get("ip")[0] == ("203.0.113.9" if keeps else None)
        assert (files[name]["state"], files[name]["rows"]) == (batch.state, 2)
        assert files[name]["received_at"] == batch.received_at.isoformat()


def test_an_organization_without_events_has_an_archive(station, results, acme):
    archive = opened(results, station.done(ask(acme)))
    assert not [name for name in archive.namelist() if name.startswith("events/")]


def test_asking_twice_makes_one_archive(station, acme):
    assert ask(acme) == ask(acme)


def test_an_archive_expires(station, results, acme):
    errand = station.done(ask(acme))
    assert errand.expires_at == station.now + KEEP
    assert tending.drop_expired(now=errand.expires_at - timedelta(seconds=1)) == 0
    assert tending.drop_expired(now=errand.expires_at) == 1
    assert not list(results.glob("**/*.zip"))
    errand.refresh_from_db()
    assert (errand.file_name, errand.expires_at) == ("", None)


def test_a_new_archive_takes_the_place_of_the_one_before(station, results, acme, globex):
    other = station.done(ask(globex))
    first, second = station.done(ask(acme)), station.done(ask(acme))
    first.refresh_from_db()
    assert (first.state, first.file_name, first.expires_at) == ("succeeded", "", None)
    kept = {str(path.relative_to(results)) for path in results.glob("**/*.zip")}
    assert kept == {other.file_name, second.file_name}
    with pytest.raises(Gone):
        orders.downloadable(first, now=station.now)


class Slow(Folder):
    """Shows a file once it is uploaded, as buckets do; something may `happen` meanwhile."""

    happen: Callable[[], None]

    @contextmanager
    def draft(self, name):
        with super().draft(name) as draft:
            yield draft
        path = Path(self.path(name))
        upload = path.read_bytes()
        path.unlink()
        self.happen()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(upload)


@pytest.mark.parametrize("waits", [True, False], ids=["within its lease", "past its lease"])
def test_an_archive_that_is_uploaded_while_the_organization_is_erased_goes(
    station, results, acme, monkeypatch, waits
):
    erasures = []

    def erase():
        erasure = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=station.now)
        station.now += orders.SETTLING if waits else LEASE
        station.runner().work_once()
        erasure.refresh_from_db()
        erasures.append((erasure, erasure.state))

    ask(acme)
    store = Slow(location=str(results))
    store.happen = erase
    monkeypatch.setattr(shelf, "shelf", lambda: store)
    assert station.runner().work_once()
    [(erasure, state)] = erasures
    assert state == ("queued" if waits else "succeeded")
    assert not list(results.glob(f"{acme.pk}/**/*.zip*"))
    assert station.done(erasure, storing=False).receipt["left"] == 0


def test_an_erased_visitor_is_in_no_archive(station, results, acme):
    send(acme, view())
    station.store()
    made = station.done(ask(acme))
    erasure = station.done(orders.erase_visitor(acme, "v1", actor=ACTOR, now=station.now))
    made.refresh_from_db()
    assert not made.file_name
    assert not list(results.glob("**/*.zip"))
    places = {place["place"]: place["removed"] for place in erasure.receipt["places"]}
    assert places["takeouts"] == 1


def test_what_a_dead_worker_has_left_is_cleared(station, results, acme):
    errand = ask(acme)
    left = results / str(acme.pk) / "takeouts" / str(errand.pk) / "1.zip.draft"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    done = station.done(errand)
    assert [path.name for path in left.parent.iterdir()] == [f"{done.attempt}.zip"]


def test_it_is_written_down_who_asked_and_what_was_made(station, acme):
    errand = station.done(ask(acme))
    [asked, made] = AuditEntry.objects.filter(organization_id=acme.pk).order_by("at")
    assert (asked.action, made.action) == ("takeout.asked", "takeout.made")
    assert made.details["sha256"] == errand.file_sha256
    assert (asked.actor, made.actor) == ("user:1", "user:1")


def test_a_member_is_counted_while_it_is_written():
    seen = []
    sink = io.BytesIO()
    counted = takeout.Counted(sink, lambda: seen.append(1))
    counted.write(b"ab")
    counted.write(memoryview(b"c"))
    assert (counted.tell(), sink.getvalue(), len(seen)) == (3, b"abc", 2)
    assert counted.sha256 == hashlib.sha256(b"abc").hexdigest()
