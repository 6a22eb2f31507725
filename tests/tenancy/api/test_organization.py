"""`/organization`: what is shown, what may be set, and that the rest follows."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.reports.doors import bad_fields, caller_of, get, problem
from tests.tenancy.api.people import deeds, patch
from warehouse import days
from warehouse.clock import now
from warehouse.tenancy.models import AuditEntry, Organization

pytestmark = pytest.mark.django_db
WANTED = {
    "name": "Acme Inc.",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "currency_rates": {"USD": 0.92, "GBP": "1.17"},
    "week_start": "sunday",
    "bot_filter": False,
    "store_ip": True,
    "allowed_hosts": ["shop.example", "*.acme.example"],
}


def test_an_organization_is_shown_with_its_limits_and_usage(people, acme):
    acme.plan, acme.requests_per_minute = "small", 7
    acme.save()
    counts = {
        (str(acme.id), now().astimezone(UTC).date()): days.DayCount(5, 500, now()),
        (str(acme.id), datetime(2020, 1, 1).date()): days.DayCount(3, 300, now()),  # noqa: DTZ001
    }
    days.record(counts)
    shown = get(people["viewer"], "/organization").json()
    assert (shown["slug"], shown["plan"]) == ("acme", "small")
    assert shown["limits"]["requests_per_minute"] == 7
    assert shown["limits"]["events_per_month"] == 1_000_000
    assert shown["limits"]["rows_per_query"] is None
    assert shown["usage"] == {
        "members": 4, "keys": 0, "events": 8, "bytes": 800, "events_this_month": 5,
    }  # fmt: skip


def test_settings_are_changed_and_shown(owner, acme):
    shown = patch(owner, "/organization", WANTED).json()
    rates = {"USD": "0.92", "GBP": "1.17"}
    assert {name: shown[name] for name in WANTED} == WANTED | {"currency_rates": rates}
    tenant = Organization.objects.get(pk=acme.pk).as_tenant()
    assert tenant.currency_rates == {"USD": Decimal("0.92"), "GBP": Decimal("1.17")}
    assert (tenant.week_start, tenant.bot_filter, tenant.store_ip) == ("sunday", False, True)


def test_what_is_left_out_stays_and_no_change_is_no_deed(owner, acme):
    patch(owner, "/organization", {"timezone": "Asia/Tokyo"})
    patch(owner, "/organization", {"timezone": "Asia/Tokyo"})
    patch(owner, "/organization", {})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == (
        "organization.changed",
        {"timezone": {"from": "UTC", "to": "Asia/Tokyo"}},
    )
    assert Organization.objects.get(pk=acme.pk).name == "Acme"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""), ("name", " "), ("name", "x" * 201), ("name", "a\nb"), ("name", None),
        ("timezone", "Mars/Olympus"), ("timezone", 7), ("timezone", None),
        ("currency", "usd"), ("currency", "ÜSD"), ("currency", ["USD"]),
        ("currency_rates", []), ("currency_rates", {"eur": 1}), ("currency_rates", {"EUR": 0}),
        ("currency_rates", {"EUR": True}), ("currency_rates", {"EUR": "NaN"}),
        ("currency_rates", {"EUR": 1e300}), ("currency_rates", {"EUR": None}),
        ("week_start", "friday"), ("week_start", None), ("week_start", []),
        ("bot_filter", "yes"), ("store_ip", 1), ("store_ip", None),
        ("allowed_hosts", "shop.example"), ("allowed_hosts", ["http://x"]),
        ("allowed_hosts", [7]), ("allowed_hosts", ["a.example"] * 201),
        ("slug", "other"), ("plan", "unlimited"), ("requests_per_minute", 9), ("usage", {}),
        ("id", "0"), ("suspended_at", None),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_by_name(owner, acme, name, value):
    [field] = bad_fields(patch(owner, "/organization", {"timezone": "Asia/Tokyo", name: value}))
    assert field.partition(".")[0] == name
    assert Organization.objects.get(pk=acme.pk).timezone == "UTC"
    assert deeds() == []


def test_a_body_that_is_no_object_is_refused(owner):
    problem(owner.patch("/api/v1/organization", "[1]", "application/json"), 400)
    problem(owner.patch("/api/v1/organization", "a=b", "text/plain"), 415)


def test_only_an_administrator_changes_settings(acme, people):
    for role in ("analyst", "viewer"):
        problem(patch(people[role], "/organization", {"name": "x"}), 403)
    problem(patch(caller_of(acme, ["reports:read", "reports:write"]), "/organization", {}), 403)
    problem(get(caller_of(acme, ["organization:admin"]), "/organization"), 403)


def test_each_organization_has_its_own(owner, outsider):
    patch(owner, "/organization", {"name": "changed"})
    assert get(outsider, "/organization").json()["name"] == "Globex"
