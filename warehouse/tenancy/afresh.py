"""A caller looked at once more before it gives anything away.

Doors remember callers for seconds. Who was revoked meanwhile must leave no key, invitation or role
behind by which it comes back.
"""

from uuid import UUID

from warehouse.exceptions import AccessDenied
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import gate


def look(caller: Principal, scope: str) -> Principal:
    """Return what a caller is at this moment; call once its organization is locked.

    Raises `Unauthenticated` or `AccessDenied` when its key, login or membership is gone or lacks
    `scope` by now, and `WardenUnavailable` when nobody can tell.
    """
    found = gate.renew(caller.subject, caller.tenant.slug, caller.credential)
    if found.tenant.id != caller.tenant.id:
        raise AccessDenied("Your organization was renamed a moment ago; ask again.")
    found.require(scope)
    return found


def opened(organization_id: UUID | str, caller: Principal | None, scope: str) -> Organization:
    """Return an organization, locked, if the caller may still change what is its.

    Without a caller it is whoever runs the installation. Raises what `look` does.
    """
    # No key: other rows that refer to the organization are written meanwhile.
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    if caller:
        look(caller, scope)
    return organization
