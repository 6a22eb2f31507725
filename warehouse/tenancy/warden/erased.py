"""Organizations that are being erased here, or have been: a remote Warden's word counts no more.

It may never hear of the erasure, and would otherwise bring them back to life.
"""

import time
from collections.abc import Callable
from typing import Any

from warehouse.exceptions import AccessDenied
from warehouse.tenancy.models import ErasedOrganization
from warehouse.tenancy.warden.choosing import SUSPENDED

LOOK_AGAIN_SECONDS = 1.0
REMEMBERED = 10_000


class Erased:
    """Refuses them; looks an organization up no more than once a second while it is served."""

    def __init__(self, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._looked: dict[Any, float] = {}

    def refuse(self, organization_id: Any) -> None:
        """Raise `AccessDenied` for one whose erasure was asked for, as of a second ago at most."""
        instant = self._elapsed()
        looked_at = self._looked.get(organization_id)
        if looked_at is not None and instant - looked_at < LOOK_AGAIN_SECONDS:
            return
        refuse(organization_id)
        if len(self._looked) >= REMEMBERED:
            self._looked.clear()
        self._looked[organization_id] = instant


def refuse(organization_id: Any) -> None:
    """Raise `AccessDenied` for an organization whose erasure was asked for."""
    if ErasedOrganization.objects.filter(pk=organization_id).exists():
        raise AccessDenied(SUSPENDED)
