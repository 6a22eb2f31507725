"""Organizations, their people and keys, and the record of what these did."""

from warehouse.tenancy.models.audit import AuditEntry
from warehouse.tenancy.models.erased import ErasedOrganization
from warehouse.tenancy.models.keys import ApiKey, check_scopes
from warehouse.tenancy.models.months import EventMonth
from warehouse.tenancy.models.organization import (
    Organization,
    check_hosts,
    check_timezone,
    new_salt,
)
from warehouse.tenancy.models.people import Invitation, Membership

__all__ = [
    "ApiKey",
    "AuditEntry",
    "ErasedOrganization",
    "EventMonth",
    "Invitation",
    "Membership",
    "Organization",
    "check_hosts",
    "check_scopes",
    "check_timezone",
    "new_salt",
]
