"""The components of the OpenAPI document that these doors take and give."""

from dataclasses import fields

from warehouse.gateway import documents
from warehouse.gateway.shapes import (
    COUNT,
    FLAG,
    ID,
    INSTANT,
    TEXT,
    Schema,
    closed,
    nullable,
    page_of,
    reference,
    several,
)
from warehouse.language import zones
from warehouse.tenancy import invitations, keyring, preferences
from warehouse.tenancy.models.keys import KINDS
from warehouse.tenancy.models.organization import WEEK_STARTS
from warehouse.tenancy.plans import PLANS, Limits
from warehouse.tenancy.principal import ROLES, SCOPES

OWN_LIMITS = ("rows_per_query", "jobs_at_once", "report_seconds", "export_rows", "result_days")
LIMITS = (*(each.name for each in fields(Limits)), *OWN_LIMITS)
USAGE = ("members", "keys", "events", "events_this_month", "bytes")

EMAIL: Schema = {"type": "string", "format": "email", "maxLength": invitations.LONGEST_EMAIL}
ROLE: Schema = {"type": "string", "enum": list(ROLES)}
ROLES_SCOPES = several({"type": "string", "enum": list(SCOPES)}, uniqueItems=True)
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": preferences.LONGEST_NAME}
RATE: Schema = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,12})?$"},
    ]
}
SETTINGS: Schema = {
    "name": NAME,
    "timezone": {"type": "string", "enum": sorted(zones.names())},
    "currency": CURRENCY,
    "currency_rates": {
        "type": "object",
        "propertyNames": CURRENCY,
        "additionalProperties": RATE,
        "maxProperties": preferences.MOST_RATES,
    },
    "week_start": {"type": "string", "enum": list(WEEK_STARTS)},
    "bot_filter": FLAG,
    "store_ip": FLAG,
    "allowed_hosts": several(TEXT, maxItems=preferences.MOST_HOSTS),
}
ORGANIZATION: Schema = {
    "id": ID,
    "slug": TEXT,
    **SETTINGS,
    "plan": {"type": "string", "enum": list(PLANS)},
    "limits": closed(dict.fromkeys(LIMITS, nullable(COUNT)), LIMITS),
    "usage": closed(dict.fromkeys(USAGE, COUNT), USAGE),
    "created_at": INSTANT,
}
MEMBER: Schema = {
    "id": COUNT,
    "subject": TEXT,
    "name": TEXT,
    "email": TEXT,
    "role": ROLE,
    "created_at": INSTANT,
}
INVITATION: Schema = {
    "id": ID,
    "email": TEXT,
    "role": ROLE,
    "status": {"type": "string", "enum": list(invitations.STATES)},
    "invited_by": TEXT,
    "created_at": INSTANT,
    "expires_at": INSTANT,
}
KEY: Schema = {
    "id": ID,
    "name": TEXT,
    "kind": {"type": "string", "enum": list(KINDS)},
    "scopes": ROLES_SCOPES,
    "prefix": {**TEXT, "description": "How its token begins."},
    "status": {"type": "string", "enum": ["live", "expired", "revoked"]},
    "replaces": nullable(ID),
    "created_at": INSTANT,
    "expires_at": nullable(INSTANT),
    "last_used_at": nullable(INSTANT),
    "revoked_at": nullable(INSTANT),
}
TOKEN = {**nullable(TEXT), "description": "Shown this once; null in a repeat of the request."}
ENTRY: Schema = {
    "id": ID,
    "at": INSTANT,
    "action": TEXT,
    "actor": {**TEXT, "description": "user:ID, key:ID or system."},
    "actor_name": TEXT,
    "target": TEXT,
    "details": {"type": "object"},
    "ip": TEXT,
    "request_id": TEXT,
}
NAMED = closed({"slug": TEXT, "name": TEXT, "role": nullable(ROLE)}, ("slug", "name", "role"))
ME: Schema = {
    "subject": TEXT,
    "name": TEXT,
    "organization": nullable(NAMED),
    "member_id": nullable(COUNT),
    "scopes": ROLES_SCOPES,
    "organizations": several(NAMED),
}
NEW_KEY: Schema = {
    "name": {**TEXT, "minLength": 1, "maxLength": keyring.LONGEST_NAME},
    "scopes": {**ROLES_SCOPES, "minItems": 1},
    "kind": {"type": "string", "enum": list(KINDS), "default": KINDS[0]},
    "expires_at": nullable(INSTANT),
}
OVERLAP: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": int(keyring.MOST_OVERLAP.total_seconds()),
    "default": int(keyring.OVERLAP.total_seconds()),
}


def _whole(properties: Schema) -> Schema:
    return closed(properties, tuple(properties))


COMPONENTS: dict[str, Schema] = {
    "Organization": _whole(ORGANIZATION),
    "OrganizationSettings": closed(SETTINGS),
    "Me": _whole(ME),
    "Member": _whole(MEMBER),
    "MemberPage": page_of("Member"),
    "NewRole": _whole({"role": ROLE}),
    "Invitation": _whole(INVITATION),
    "InvitationPage": page_of("Invitation"),
    "NewInvitation": _whole({"email": EMAIL, "role": ROLE}),
    "Key": _whole(KEY),
    "KeyPage": page_of("Key"),
    "NewKey": closed(NEW_KEY, ("name",)),
    "IssuedKey": _whole({"key": reference("Key"), "token": TOKEN}),
    "Rotation": closed({"overlap_seconds": OVERLAP}),
    "AuditEntry": _whole(ENTRY),
    "AuditPage": page_of("AuditEntry"),
}
WORDS = {
    "Organization": "The organization, its settings, limits and usage.",
    "Me": "Who is asking.",
    "Member": "The member, as they are now.",
    "MemberPage": "One page of members, the newest first.",
    "Invitation": "The invitation; its letter is on its way.",
    "InvitationPage": "One page of invitations, the newest first.",
    "Key": "The key, without its token.",
    "KeyPage": "One page of keys, the newest first.",
    "IssuedKey": "The key, and its token this once.",
    "AuditPage": "One page of the audit log, the newest first.",
}


add_components = documents.adding(COMPONENTS)
