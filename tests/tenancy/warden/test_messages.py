"""What goes over the wire comes back as it was, and what cannot be lets nobody in."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tenancy.warden.wardens import GLOBEX, organization, principal
from warehouse.tenancy import keys
from warehouse.tenancy.models import Organization
from warehouse.tenancy.plans import PLANS, Limits
from warehouse.tenancy.principal import EXPORT_ROWS, ROLES, SCOPES
from warehouse.tenancy.warden import messages, mirror
from warehouse.tenancy.warden import warden_pb2 as pb

SMALL = st.none() | st.integers(1, 30_000)
LARGE = st.none() | st.integers(1, 2**53)
ROWS = st.builds(
    Organization,
    slug=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=50),
    timezone=st.sampled_from(("UTC", "Europe/Berlin", "America/St_Johns")),
    currency=st.sampled_from(("USD", "EUR")),
    currency_rates=st.dictionaries(st.sampled_from(("EUR", "GBP")), st.just("1.08"), max_size=2),
    plan=st.sampled_from(sorted(PLANS)),
    **{limit.name: LARGE for limit in fields(Limits)},
    jobs_at_once=SMALL,
    result_days=SMALL,
    rows_per_query=LARGE,
    report_seconds=st.none() | st.integers(60, 600),
    export_rows=st.none() | st.integers(1, EXPORT_ROWS),
    store_ip=st.booleans(),
    bot_filter=st.booleans(),
    allowed_hosts=st.lists(st.sampled_from(("example.com", "*.shop.example")), max_size=2),
    week_start=st.sampled_from(("monday", "sunday")),
    suspended_at=st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)


@settings(max_examples=40)
@given(ROWS)
def test_an_organization_comes_back_as_it_was(row):
    sent = messages.write_organization(row).SerializeToString()
    back = messages.read_organization(pb.Organization.FromString(sent))
    assert back.as_tenant() == row.as_tenant()
    same = {"name", "jobs_at_once", "result_days"}
    assert {name: getattr(back, name) for name in same} == {n: getattr(row, n) for n in same}
    assert (back.suspended_at is None) == (row.suspended_at is None)


def test_every_column_of_an_organization_is_mirrored_or_stays_here():
    here = {"id", "slug", "visitor_salt", "created_at", "suspended_at"}
    columns = {field.attname for field in Organization._meta.concrete_fields}
    assert set(mirror.MIRRORED) == columns - here


@pytest.mark.django_db
def test_a_key_comes_back_with_what_it_may_do(acme):
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    key, token = keys.issue(acme, name="n", scopes=["reports:read"], expires_at=ends)
    vouched = messages.read_principal(messages.write_key(key), token)
    caller = vouched.places["acme"].principal
    assert (caller.subject, caller.name) == (f"key:{key.pk}", "n")
    assert caller.scopes == {"reports:read"}
    assert caller.tenant == acme.as_tenant()
    assert vouched.ends_at == ends
    assert token not in repr(caller)


def test_a_role_bounds_what_a_token_may_do():
    everything = [*SCOPES, "worlds:end"]
    for role, allowed in [("", SCOPES), ("viewer", ROLES["viewer"]), ("emperor", ())]:
        told = read(principal(role=role, scopes=everything))
        assert told.places["acme"].principal.scopes == set(allowed)
    assert read(principal(role="owner", scopes=[])).places["acme"].principal.scopes == set()


def test_what_is_not_said_has_the_usual_value():
    tenant = read(principal()).places["acme"].principal.tenant
    assert (tenant.timezone, tenant.currency, tenant.week_start) == ("UTC", "USD", "monday")
    assert tenant.bot_filter
    assert tenant.limits == Limits()


SETTINGS = {
    "timezone": "Europe/Nowhere",
    "currency": "euro",
    "week_start": "friday",
    "allowed_hosts": ["exa mple"],
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "7"},
        {"id": ""},
        {"slug": ""},
        {"slug": "a b"},
        {"slug": "a" * 64},
        {"name": "n" * 201},
        {"name": "n\0"},
        {"limits": None},
        {"settings": None},
        {"limits": {"requests_per_minute": 0}},
        {"limits": {"events_per_month": -1}},
        {"limits": {"export_rows": EXPORT_ROWS + 1}},
        {"limits": {"report_seconds": 601}},
        {"limits": {"running_jobs": 2**40}},
        *({"settings": {name: value}} for name, value in SETTINGS.items()),
        *({"settings": {"currency_rates": {"EUR": rate}}} for rate in ("", "x", "-1", "NaN", "0")),
    ],
    ids=str,
)
def test_an_organization_that_cannot_be_is_of_no_use(wrong):
    told = {name: value for name, value in organization(**wrong).items() if value is not None}
    with pytest.raises(messages.Unusable):
        read(principal(told))


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "s" * 65},
        {"subject": "user:1"},
    ],
    ids=str,
)
def test_a_principal_that_cannot_be_is_of_no_use(wrong):
    with pytest.raises(messages.Unusable):
        read(principal(**wrong))


def test_two_organizations_of_one_slug_are_of_no_use():
    with pytest.raises(messages.Unusable, match="one slug"):
        read(principal(organization(), organization(GLOBEX)))


def test_an_end_beyond_all_time_is_of_no_use():
    message = json_format.ParseDict(principal(), pb.Principal())
    message.expires_at.seconds = 2**60
    with pytest.raises(messages.Unusable, match="no time"):
        messages.read_principal(message, "t")


def test_an_end_is_told_to_the_second():
    ends = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert read(principal(expires_at=ends.isoformat())).ends_at == ends


def read(told):
    message = json_format.ParseDict(told, pb.Principal())
    return messages.read_principal(message, "the token")
