"""A caller looked at once more before it gives anything away.

Doors remember callers for seconds. Who was revoked meanwhile must leave no key, invitation or role
behind by which it comes back.
"""

from warehouse.exceptions import AccessDenied
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
