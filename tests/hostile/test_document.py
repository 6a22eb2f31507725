"""Whatever is sent, valid or hostile, every answer is one that the OpenAPI document tells of.

`HOSTILE_CASES` is how many requests to generate altogether; the suite's share is small.
"""

import os

import pytest

from tests.discovery.planted import pattern
from tests.hostile.document import HOSTILE, VALID, operations, trouble
from tests.reports.doors import finished, post, token_of, wired, worker  # noqa: F401
from warehouse.clock import now
from warehouse.tenancy.models import Membership

CASES = int(os.environ.get("HOSTILE_CASES", "222"))
WISH = {
    "name": "n",
    "filters": [{"field": "source", "operator": "eq", "value": "google"}],
    "period": "today",
}
# Schemathesis does not read compressed answers when it calls the application itself.
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def planted(acme, caller, clicks, worker, django_user_model):  # noqa: F811
    """What path parameters may name, by the parameter's name."""
    guest = django_user_model.objects.create_user("guest")
    member = Membership.objects.create(user=guest, organization=acme, role="viewer")
    offer = {"email": "invited@example.com", "role": "viewer"}
    spare = {"name": "spare", "scopes": ["events:write"]}
    hook = post(caller, "/webhooks", {"url": "https://hooks.invalid/"}).json()["webhook"]["id"]
    often = {"name": "n", "kind": "traffic", "cron": "@daily", "deliver": {"webhook": hook}}
    return {
        "organization": acme.slug,
        "report_id": finished(caller)["id"],
        "batch_id": post(caller, "/events", [{"event_name": "view"}]).json()["batch_id"],
        "member_id": str(member.pk),
        "invitation_id": post(caller, "/invitations", offer).json()["id"],
        "key_id": post(caller, "/keys", spare).json()["key"]["id"],
        "erasure_id": post(caller, "/erasures", {"visitor_id": "nobody"}).json()["id"],
        "export_id": post(caller, "/exports").json()["id"],
        "webhook_id": hook,
        "delivery_id": post(caller, f"/webhooks/{hook}/test").json()["id"],
        "campaign_id": post(caller, "/campaigns", WISH).json()["id"],
        "schedule_id": post(caller, "/schedules", often).json()["id"],
        "pattern_id": str(pattern(acme, now=now()).pk),
    }


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", [VALID, HOSTILE], ids=["valid", "hostile"])
def test_every_answer_is_as_documented(mode, planted, acme, record_property):
    headers = {"Authorization": f"Bearer {token_of(acme)}", **PLAIN}
    most = max(1, CASES // (2 * len(operations())))
    found: dict[str, str] = {}
    sent = 0
    for name, operation in operations().items():
        count, failures = trouble(operation, mode, planted, most=most, headers=headers)
        sent += count
        found |= {f"{name}: {title}": told for title, told in failures.items()}
    record_property("cases", sent)
    print(f"{sent} requests")  # noqa: T201  how many there were is what this test is asked for
    assert not found, "\n\n".join(f"{title}\n{told}" for title, told in found.items())
