"""Organizations, their people and keys, and the audit log, for the operator."""

from django.contrib import admin

from warehouse.tenancy.admin.invitations import InvitationAdmin
from warehouse.tenancy.admin.keys import ApiKeyAdmin
from warehouse.tenancy.admin.log import AuditEntryAdmin
from warehouse.tenancy.admin.organizations import OrganizationAdmin

admin.site.site_header = "Trellis Warehouse"
admin.site.site_title = "Trellis Warehouse"
admin.site.index_title = "Administration"

__all__ = ["ApiKeyAdmin", "AuditEntryAdmin", "InvitationAdmin", "OrganizationAdmin"]
