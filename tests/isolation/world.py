"""What the two organizations hold: a secret in every place that can hold one.

A new endpoint is exercised by itself when its path parameters are planted (`Side.ids`), and when
the document shows an example of its body or `BODIES` holds one.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.test import Client

from reports.kinds import KINDS
from tests.discovery.planted import pattern
from tests.engine import store
from tests.reports.doors import get, post
from warehouse.clock import now
from warehouse.schema.events import EVENTS
from warehouse.tenancy import keys
from warehouse.tenancy.models import Membership, Organization
from warehouse.tenancy.principal import SCOPES

WINDOW = {"period": "last_7_days"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "query": {
        **WINDOW,
        "dimensions": ["source", "event_name", "properties.plan", "landing_page"],
        "metrics": ["revenue", "sessions"],
        "totals": True,
    },
    "traffic": {**WINDOW, "granularity": "day", "breakdown": ["source"], "metrics": ["revenue"]},
    "campaigns": {**WINDOW, "breakdown": ["path"], "metrics": ["revenue", "visitors"]},
    "realtime": {"last": "6h", "granularity": "hour", "breakdown": ["source"]},
    "attribution": {**WINDOW, "dimension": "campaign_id", "models": ["linear", "markov"]},
    "journeys": {**WINDOW, "dimension": "source", "conversion_event": "purchase"},
    "funnel": {**WINDOW, "steps": [None, "purchase"], "breakdown": ["source"]},
    "discovery": {**WINDOW, "min_traffic": 1},
    "cohorts": {"period": "last_3_days", "cohort_type": "daily", "breakdown": ["source"]},
}
"""The same of both organizations; each answer shows a secret."""
BODIES = {
    **{f"ask_{kind}": body for kind, body in QUESTIONS.items()},
    **{f"estimate_{kind}": body for kind, body in QUESTIONS.items()},
}
"""What to send where the document's example would not show what an organization holds."""
FLAT = {
    f"ask_{kind}_flat": {
        name: ",".join(item or "*" for item in value) if isinstance(value, list) else str(value)
        for name, value in body.items()
        if name != "totals"
    }
    for kind, body in QUESTIONS.items()
}
SHOWING = (
    {f"ask_{kind}" for kind in KINDS}
    | set(FLAT)
    | {
        "download_result",
        "list_costs",
        "list_retroactive_campaigns",
        "show_campaign",
        "list_reports",
        "show_report",
        "change_member",
        "change_organization",
        "download_export",
        "erase",
        "list_audit_entries",
        "list_erasures",
        "list_exports",
        "list_invitations",
        "list_keys",
        "list_members",
        "dismiss_pattern",
        "restore_pattern",
        "show_pattern",
        "list_webhook_deliveries",
        "list_webhooks",
        "change_schedule",
        "list_firings",
        "list_schedules",
        "show_schedule",
        "rotate_key",
        "rotate_webhook",
        "show_erasure",
        "show_export",
        "show_key",
        "show_me",
        "show_organization",
        "show_webhook",
        "show_webhook_delivery",
        "test_webhook",
    }
)
"""Operations whose answer must show the asker's own secret, else there would be none to leak."""
REFUSED = {
    "cancel_report": 409,
    "preview_campaign": 409,
    "remove_campaign": 409,
    "undo_campaign": 409,
    "redeliver_webhook_delivery": 409,
    "retry_report": 409,
    "run_schedule": 409,
}
"""Operations that the state of what is planted refuses, and with which status."""
HEADLESS = {"show_erasure": 404}
"""What answers a person even when the organization that they name is gone, and with which status.

Whether the organization is another's or nobody's makes no difference to what they are told.
"""


@dataclass
class Side:
    """One organization, its secrets and what path parameters may name of it."""

    id: str
    slug: str
    word: str
    amount: str
    organization: Any = None
    user: Any = None
    token: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def caller(self):
        return Client(headers={"Authorization": f"Bearer {self.token}"})

    def told_in(self, answer):
        """Tell which of its secrets stand in an answer: head, body and what is packed in it."""
        text = readable(answer)
        marks = (self.word, self.amount, self.id, self.slug, self.token)
        return [mark for mark in (*marks, *self.ids.values()) if mark.lower() in text]


def happen(clickhouse, sides):
    """Store events of each side that hold its word in every text."""
    turns = (("click", 9), ("buy", 5))
    known = [event(side, *turn) for side in sides for turn in turns]
    nobodys = [event(side, "nobodys", 7) | {"campaign_id": ""} for side in sides]
    store(clickhouse, known + nobodys)


def found(side, django_user_model):
    """Found the organization, with an owner."""
    side.organization = Organization.objects.create(id=side.id, slug=side.slug, name=side.slug)
    side.user = django_user_model.objects.create_user(f"{side.word}-owner")
    Membership.objects.create(user=side.user, organization=side.organization, role="owner")


def plant(side, django_user_model):
    """Leave something of its own at every door."""
    _, side.token = keys.issue(side.organization, name=f"{side.word}-key", scopes=tuple(SCOPES))
    caller = side.caller
    spent = {"day": "2026-01-31", "campaign_id": f"{side.word}-cost", "spend": float(side.amount)}
    assert post(caller, "/costs", {"costs": [spent]}).status_code == 200
    sent = [
        {"event_name": f"{side.word}-sent"},
        {"event_name": f"{side.word}-bad", "page_views": -1},
    ]
    side.ids["batch_id"] = post(caller, "/events", sent).json()["batch_id"]
    body = QUESTIONS["funnel"] | {
        "steps": [{"event": None, "label": f"{side.word}-label"}, "purchase"]
    }
    report = post(caller, "/reports", {"kind": "funnel", "request": body}).json()
    side.ids["report_id"] = report["id"]
    _plant_people(side, django_user_model)
    _plant_custody(side)
    _plant_webhook(side)
    _plant_discovery(side)


def _plant_discovery(side):
    """Leave a pattern, and a draft: asked to be applied, nothing else could be done with it."""
    wish = {
        "name": f"{side.word}-campaign",
        "filters": [{"field": "source", "operator": "eq", "value": f"{side.word}-source"}],
        **WINDOW,
    }
    side.ids["campaign_id"] = post(side.caller, "/campaigns", wish).json()["id"]
    named = {"suggested_name": f"{side.word}-pattern", "explanation": f"{side.word}-why"}
    side.ids["pattern_id"] = str(pattern(side.organization, now=now(), **named).pk)


def _plant_webhook(side):
    """Leave a webhook that was told something, at a name that nothing answers at; a schedule."""
    wish = {"url": f"https://{side.word}.invalid/hook", "description": f"{side.word}-hook"}
    side.ids["webhook_id"] = post(side.caller, "/webhooks", wish).json()["webhook"]["id"]
    sent = post(side.caller, f"/webhooks/{side.ids['webhook_id']}/test").json()
    side.ids["delivery_id"] = sent["id"]
    schedule: dict[str, Any] = {
        "name": f"{side.word}-schedule",
        "kind": "traffic",
        "request": QUESTIONS["traffic"],
        "cron": "0 8 * * MON",
        "deliver": {"webhook": side.ids["webhook_id"]},
    }
    side.ids["schedule_id"] = post(side.caller, "/schedules", schedule).json()["id"]
    assert post(side.caller, f"/schedules/{side.ids['schedule_id']}/run").status_code == 202


def _plant_people(side, django_user_model):
    """Leave a member, an invitation and a key that may be taken away: nobody asks as these."""
    address = f"{side.word}-member@example.com"
    user = django_user_model.objects.create_user(f"{side.word}-member", address)
    # A number that no answer holds by chance, unlike the next one in turn.
    number = int(side.amount.replace(".", "")) * 1_000_003
    Membership.objects.create(id=number, user=user, organization=side.organization, role="viewer")
    side.ids["member_id"] = str(number)
    # Somebody who belongs to both: the document's example of a schedule names her.
    grace, _ = django_user_model.objects.get_or_create(username="grace", email="grace@example.com")
    Membership.objects.create(user=grace, organization=side.organization, role="viewer")
    offer = {"email": f"{side.word}-invited@example.com", "role": "viewer"}
    side.ids["invitation_id"] = post(side.caller, "/invitations", offer).json()["id"]
    wish = {"name": f"{side.word}-spare", "scopes": ["events:write"]}
    side.ids["key_id"] = post(side.caller, "/keys", wish).json()["key"]["id"]


def _plant_custody(side):
    """Ask for an erasure that finds nobody, then for an export: they are done in this order."""
    nobody = {"visitor_id": f"{side.word}-nobody"}
    side.ids["erasure_id"] = post(side.caller, "/erasures", nobody).json()["id"]
    side.ids["export_id"] = post(side.caller, "/exports").json()["id"]


def event(side, name, minutes):
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)
    texts = {one.name: f"{side.word}-{one.name}" for one in EVENTS if one.type == pa.string()}
    bought = name == "buy"
    return texts | {
        "organization_id": side.id,
        "event_time": at,
        "event_id": f"{side.word}-{name}",
        "event_name": f"{side.word}-{name}" if not bought else "purchase",
        "conversion_event": "purchase" if bought else "",
        "conversion_value": Decimal(side.amount) if bought else 0,
        "currency": "USD",
        "page_views": 1,
        "properties": {"plan": f"{side.word}-plan"},
        "received_at": at,
    }


def readable(answer):
    """Return all that an answer tells, in lower case, with what is packed unpacked."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    head = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return f"{head}\n{unpacked(body)}".lower()


def unpacked(body):
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(unpacked(packed.read(name)) for name in packed.namelist())
    if body.startswith(b"PAR1"):
        return _table(pq.read_table(io.BytesIO(body)))
    if body.startswith(b"ARROW1"):
        return _table(pa.ipc.open_file(body).read_all())
    return body.decode(errors="replace")


def _table(table):
    return f"{table.schema}\n{json.dumps(table.to_pylist(), default=str)}"


def send(client, operation, ids, *, body=None, **headers):
    """Send a request of an operation, about what `ids` name."""
    path = operation.path.format_map(ids).removeprefix("/api/v1")
    if operation.method == "get":
        given = FLAT.get(operation.name, {})
        return client.get(f"/api/v1{path}", given, headers=names(headers))
    if operation.method == "post":
        return post(client, path, operation.body if body is None else body, **headers)
    call = getattr(client, operation.method)
    return call(f"/api/v1{path}", operation.body, "application/json", headers=names(headers))


def names(headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}


def status_of(side, report_id):
    return get(side.caller, f"/reports/{report_id}").json()["status"]
