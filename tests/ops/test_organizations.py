"""Figures by organization are bounded: whoever comes late is one of the others."""

from warehouse.clock import now
from warehouse.ops import organizations
from warehouse.ops.organizations import OTHERS, Names
from warehouse.tenancy import months
from warehouse.tenancy.models import Organization


def test_only_so_many_names_become_labels():
    names = Names(2)
    labels = [names.label(name) for name in ("a", "b", "a", "c", "b", "d")]
    assert labels == ["a", "b", "a", OTHERS, "b", OTHERS]


def test_answers_are_counted_by_organization_and_outcome():
    for status in (200, 404, 429, 503):
        organizations.count("acme-counted", status)
    found = {outcome: requests("acme-counted", outcome) for outcome in ("done", "refused")}
    assert found == {"done": 1, "refused": 1}
    assert requests("acme-counted", "limited") == requests("acme-counted", "failed") == 1


def requests(organization, outcome):
    labels = {"organization": organization, "outcome": outcome}
    name = "trellis_organization_requests_total"
    return organizations.REGISTRY.get_sample_value(name, labels) or 0


def test_the_largest_months_are_told(db):
    made = [Organization(slug=f"o-{number}", name="O") for number in range(organizations.MOST + 5)]
    Organization.objects.bulk_create(made)
    for number, organization in enumerate(made):
        months.count(str(organization.pk), number + 1, now=now())
    (family,) = [
        family
        for family in organizations.Organizations().collect()
        if family.name == "trellis_organization_month_events"
    ]
    assert len(family.samples) == organizations.MOST
    assert {s.labels["organization"] for s in family.samples} == {m.slug for m in made[5:]}
