"""What these doors answer fits the OpenAPI document, and so does what they take."""

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.reports.doors import get, post
from tests.tenancy.api.people import member_id, patch
from warehouse.tenancy.models import Invitation

pytestmark = pytest.mark.django_db
LISTS = {
    "/members": "MemberPage",
    "/invitations": "InvitationPage",
    "/keys": "KeyPage",
    "/audit": "AuditPage",
}


def test_answers_fit_their_schemas(client, owner, acme):
    components = get(client, "/schema").json()["components"]

    def fits(name, answer):
        assert answer.status_code in {200, 201}, answer.content
        schema = {"$ref": f"#/components/schemas/{name}", "components": components}
        Draft202012Validator(schema).validate(answer.json())
        return answer.json()

    fits("Organization", get(owner, "/organization"))
    fits("Organization", patch(owner, "/organization", {"currency_rates": {"EUR": 1.1}}))
    fits("Me", get(owner, "/me"))
    fits("Member", patch(owner, f"/members/{member_id(acme, 'viewer')}", {"role": "analyst"}))
    fits("Invitation", post(owner, "/invitations", {"email": "a@x.example", "role": "viewer"}))
    issued = fits("IssuedKey", post(owner, "/keys", {"name": "n", "scopes": ["reports:read"]}))
    fits("Key", get(owner, f"/keys/{issued['key']['id']}"))
    fits("IssuedKey", post(owner, f"/keys/{issued['key']['id']}/rotate", {}))
    for path, name in LISTS.items():
        assert fits(name, get(owner, path))["items"]
    assert Invitation.objects.exists()
