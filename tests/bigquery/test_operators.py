"""What whoever runs the installation sees of the copy: doctor, the admin, the command."""

import dataclasses
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.bigquery.conftest import DATASET
from tests.enrichment.senders import NOW
from warehouse import attention
from warehouse.copying import admin
from warehouse.copying.models import CopiedDay, Copy
from warehouse.env import ENV
from warehouse.ops import diagnosis

pytestmark = pytest.mark.django_db
PLACE = str(DATASET)


@pytest.fixture
def switched_on(monkeypatch):
    """An installation whose settings name the dataset."""
    environment = dataclasses.replace(ENV, bigquery=DATASET)
    monkeypatch.setattr(diagnosis, "ENV", environment)
    monkeypatch.setattr(admin, "ENV", environment)


def copy(organization, **columns):
    return Copy.objects.create(
        organization_id=organization.pk, place=PLACE, run_after=NOW, **columns
    )


def test_doctor_says_that_it_is_off():
    assert diagnosis.bigquery(NOW).ok
    assert diagnosis.bigquery(NOW).detail == "off: TRELLIS_BIGQUERY_URL names no dataset"


def test_doctor_and_the_first_page_say_what_is_in_the_way(switched_on, acme, admin_client):
    assert diagnosis.bigquery(NOW).detail == f"{PLACE}: 0 days wait to be copied"
    copy(acme, failures=2, error="BigQuery: out of reach.")
    CopiedDay.objects.create(
        organization_id=acme.pk, place=PLACE, day="2026-03-01", revision=1, rows=1234
    )
    found = diagnosis.bigquery(NOW)
    assert not found.ok
    assert "1 organizations failed, the latest: BigQuery: out of reach." in found.detail
    assert "TRELLIS_BIGQUERY_URL" in found.advice
    notes = [note for note in attention.notes(NOW) if "BigQuery" in note.text]
    assert notes[0].text == "1 copy cannot go on. BigQuery: out of reach."
    page = admin_client.get(notes[0].url).content.decode()
    assert "acme" in page
    assert "1,234" in page
    assert "March 1, 2026" in page


def test_a_dataset_that_was_deleted_is_forgotten_when_it_is_said(acme):
    copy(acme)
    out = StringIO()
    call_command("forget_copies", PLACE, stdout=out)
    assert out.getvalue() == f"forgot 1 copies with 0 days in {PLACE}\n"
    assert not Copy.objects.exists()
    with pytest.raises(CommandError, match="nothing was copied"):
        call_command("forget_copies", PLACE)
