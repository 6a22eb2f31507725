"""Who is asking and for which organization: plain values every door hands to the domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from warehouse.exceptions import AccessDenied
from warehouse.tenancy.plans import PLANS, Limits

SCOPES = {
    "events:write": "send events",
    "reports:read": "ask questions and read reports",
    "reports:write": "submit, cancel and retry reports",
    "campaigns:write": "create and apply campaigns",
    "organization:admin": "manage members, keys and settings",
}
ROLES = {
    "owner": frozenset(SCOPES),
    "admin": frozenset(SCOPES),
    "analyst": frozenset(SCOPES) - {"organization:admin"},
    "viewer": frozenset({"reports:read"}),
}
REPORT_SECONDS = 600
EXPORT_ROWS = 5_000_000
"""How long a report may run and how many rows it may have, where an organization's own is lower."""
UNLIMITED = PLANS["unlimited"]


@dataclass(frozen=True, slots=True)
class Tenant:
    """The organization a request works for, as the domain needs it.

    `rows_per_query` is how many rows one question may read, None for any number;
    `report_seconds` and `export_rows` bound a report: how long it runs, how many rows it has.
    `bot_filter` and `week_start` hold for questions that say nothing of them.
    """

    id: str
    slug: str
    timezone: str = "UTC"
    currency: str = "USD"
    currency_rates: Mapping[str, Decimal] = field(default_factory=dict)
    rows_per_query: int | None = None
    report_seconds: int = REPORT_SECONDS
    export_rows: int = EXPORT_ROWS
    limits: Limits = UNLIMITED
    store_ip: bool = False
    bot_filter: bool = True
    allowed_hosts: tuple[str, ...] = ()
    week_start: str = "monday"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: `subject` is `key:ID` or `user:ID`, `name` what people call it.

    A `public` key stands in pages that anybody can read: it sends events and does nothing else.
    `session` is the login that a person came by, if any; `credential` is the token it showed, where
    a remote Warden has to be shown it again.
    """

    subject: str
    tenant: Tenant
    scopes: frozenset[str]
    name: str = ""
    public: bool = False
    session: str = field(default="", repr=False)
    credential: str = field(default="", repr=False, compare=False)

    def require(self, scope: str) -> None:
        """Raise `AccessDenied` unless the caller holds `scope`."""
        if scope not in self.scopes:
            raise AccessDenied(f"This needs the scope {scope}.")
