"""`manage.py load_demo` against a running web door: everything posted, nothing twice."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from enrichment.models import Batch
from warehouse.tenancy.keys import issue
from warehouse.tenancy.models import Organization


def load(url, token):
    out = io.StringIO()
    call_command("load_demo", url=url, token=token, days=2, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_demo_is_posted_through_the_door_of_everybody(live_server):
    organization = Organization.objects.create(slug="demo", name="Demo")
    token = issue(organization, name="demo", scopes=["events:write"])[1]
    said = load(live_server.url, token)
    total = Batch.objects.aggregate(total=Sum("events"))["total"]
    assert total > 1_000
    assert f"posted {total} events of 2 days" in said
    assert "so far" in said


@pytest.mark.django_db(transaction=True)
def test_bad_token_is_a_clear_refusal(live_server):
    with pytest.raises(CommandError, match="401"):
        load(live_server.url, "nonsense")
