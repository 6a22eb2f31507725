"""An archive that is uploaded too late is in nobody's store, whoever dies over it."""

import pytest

from reports.stores import store
from tests.custody.stations import take
from tests.custody.test_takeout import Slow, ask
from tests.enrichment.senders import LEASE, NOW
from tests.reports.stores.test_bucket import bucket, server  # noqa: F401
from warehouse.custody import errands, shelf, tending
from warehouse.custody.models import Errand


def archives(organization):
    return sorted(store().tree(shelf.folder(str(organization.pk))))


def lost(station, organization):
    """Return an export that a second worker has made, after the lease of the first was over."""
    errand = ask(organization)
    assert take(station) == errand
    station.now += LEASE
    return station.done(errand)


def upload(errand, attempt=1):
    """Upload what an attempt has made, and die then."""
    name = f"{shelf.folder(errand.organization)}/{errand.pk}/{attempt}.zip"
    with store().draft(name) as draft:
        draft.file.write(b"late")
    return name


def test_who_uploads_past_its_lease_deletes_what_it_wrote(station, results, acme, monkeypatch):
    slow = Slow(location=str(results))

    def others():
        """Another worker makes the archive meanwhile."""
        monkeypatch.undo()
        station.now += LEASE
        assert station.runner().work_once()

    errand = ask(acme)
    slow.happen = others
    monkeypatch.setattr(shelf, "shelf", lambda: slow)
    assert station.runner().work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.attempt) == ("succeeded", 2)
    assert archives(acme) == [errand.file_name]


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_what_a_late_uploader_leaves_at_its_death_is_deleted(request, station, acme, globex, place):
    if place == "bucket":
        request.getfixturevalue("bucket")
    made, other = lost(station, acme), lost(station, globex)
    late = upload(made)
    assert archives(acme) == [late, made.file_name]
    assert tending.drop_unnamed(now=station.now) == 1
    assert archives(acme) == [made.file_name]
    assert archives(globex) == [other.file_name]


def test_an_export_that_failed_leaves_nothing_and_one_under_way_is_left_alone(
    station, results, acme, globex
):
    failed, open_ = ask(acme), ask(globex)
    upload(failed)
    errands.call_off(acme.pk, now=station.now)
    for attempt in (1, 2):
        station.now += LEASE
        assert take(station) == open_
        upload(open_, attempt)
    # Were there an end in its row, it would still be open.
    Errand.objects.filter(pk=open_.pk).update(finished_at=station.now)
    tending.tend(now=station.now)
    assert archives(acme) == []
    assert len(archives(globex)) == 2
    open_.refresh_from_db()
    assert (open_.state, open_.attempt) == ("running", 2)


def test_those_that_have_ended_are_found_by_an_index(db):
    assert "errands_ended" in tending.lately_ended(NOW).explain()
