"""What the receipt of a visitor's erasure says, and when there is one of its own."""

import hashlib

from tests.custody.test_visitor import ask, mixed
from tests.enrichment.senders import send, view
from warehouse.custody import receipts
from warehouse.custody.models import Errand
from warehouse.models import Day
from warehouse.tenancy.models import AuditEntry


def test_the_receipt_names_the_visitor_by_digest_alone(station, acme):
    send(acme, view(visitor_id="somebody-known"))
    station.store()
    errand = station.done(ask(acme, "somebody-known"))
    assert errand.receipt["visitor_sha256"] == hashlib.sha256(b"somebody-known").hexdigest()
    told = [str(vars(errand)), *(str(vars(one)) for one in AuditEntry.objects.all())]
    assert not any("somebody-known" in text for text in told)
    actions = AuditEntry.objects.order_by("at").values_list("action", flat=True)
    assert list(actions) == ["visitor.erasure_asked", "visitor.erased"]


def test_erasures_of_the_same_visitor_that_failed_before_name_it_no_more(station, acme):
    failed = ask(acme, "somebody-known")
    Errand.objects.update(state="failed")
    station.done(ask(acme, "somebody-known"))
    failed.refresh_from_db()
    assert failed.request == receipts.of_visitor("somebody-known")


def test_an_unknown_visitor_gives_a_receipt_of_zeros(station, acme):
    send(acme, *mixed())
    station.store()
    before = list(Day.objects.order_by("day").values())
    errand = station.done(ask(acme, "nobody"))
    assert errand.receipt["removed"] == errand.receipt["left"] == 0
    assert list(Day.objects.order_by("day").values()) == before
    again = station.done(ask(acme, "nobody"))
    assert again != errand


def test_asking_twice_is_one_erasure_until_it_has_ended(station, acme):
    assert ask(acme) == ask(acme)
    assert ask(acme) != ask(acme, "v2")
