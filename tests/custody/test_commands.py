"""Erasing and exporting from the command line, while a worker is at work."""

import json
import threading
import zipfile
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from tests.custody.stations import Station
from tests.enrichment.senders import send, view
from warehouse.clock import now
from warehouse.custody import orders
from warehouse.custody.models import Errand
from warehouse.tenancy.models import Organization


@contextmanager
def working(station):
    """Do errands in a thread, as a worker does, while the block runs."""
    stop = threading.Event()
    station.clock = now
    runner = station.runner()

    def work():
        while not stop.is_set():
            if not runner.work_once():
                stop.wait(0.05)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


@pytest.fixture
def worker(transactional_db, embedded_engine, wired, results, monkeypatch):
    monkeypatch.setattr(orders, "SETTLING", now() - now())
    station = Station(embedded_engine, wired)
    with working(station):
        yield station


def test_an_organization_is_erased_and_its_receipt_printed(worker, acme, capsys):
    call_command("erase_organization", "acme", "--confirm", "acme")
    said = capsys.readouterr()
    receipt = json.loads(said.out)
    assert (receipt["organization"]["slug"], receipt["left"]) == ("acme", 0)
    assert Errand.objects.get().receipt_sha256 in said.err
    assert not Organization.objects.exists()


def test_an_organization_is_exported_to_a_file(worker, acme, tmp_path, capsys):
    send(acme, view())
    call_command("export_organization", "acme", str(tmp_path / "acme.zip"))
    assert "manifest.json" in zipfile.ZipFile(tmp_path / "acme.zip").namelist()
    assert Errand.objects.get().file_sha256 in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("erase_organization", "nobody", "--confirm", "nobody"), "no organization nobody"),
        (("erase_organization", "acme", "--confirm", "acm"), "repeat the slug"),
        (("erase_organization", "acme"), "--confirm"),
        (("export_organization", "nobody", "-"), "no organization nobody"),
    ],
)
def test_what_cannot_be_done_is_refused(acme, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command(*arguments)
    acme.refresh_from_db()
    assert acme.suspended_at is None


@pytest.mark.django_db
def test_who_does_not_wait_gets_the_id(acme, capsys):
    call_command("erase_organization", "acme", "--confirm", "acme", "--no-wait")
    assert capsys.readouterr().out.strip() == str(Errand.objects.get().pk)
