"""What the commands share: who acts when somebody at a terminal does, and finding a key."""

import getpass
from datetime import datetime

from django.core.management.base import CommandError

from warehouse.tenancy import audit
from warehouse.tenancy.audit import SYSTEM, Actor
from warehouse.tenancy.keyring import Issuer
from warehouse.tenancy.models import ApiKey, Organization
from warehouse.tenancy.principal import SCOPES


def actor() -> Actor:
    """Return the system as an actor, called by the operating system's name of the user."""
    try:
        return Actor(SYSTEM, getpass.getuser())
    except (KeyError, OSError):  # a container's user may have no name
        return Actor(SYSTEM)


def issuer() -> Issuer:
    """Return the system as an issuer, which may give everything."""
    return Issuer(actor(), tuple(SCOPES))


def record_creation(organization: Organization, *, owner: str | None, now: datetime) -> None:
    """Put on record that an organization was made, and who owns it from the start."""
    audit.record(
        "organization.created",
        actor=actor(),
        organization=organization,
        now=now,
        target=f"organization:{organization.slug}",
        details={"owner": owner},
    )


def organization(slug: str) -> Organization:
    """Return an organization; raises CommandError."""
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no organization {slug}.")
    return found


def key(slug: str, start: str) -> ApiKey:
    """Return the key of an organization whose id or token begins with `start`.

    Raises CommandError where there is none, or several.
    """
    keys = organization(slug).keys.select_related("organization")
    found = [one for one in keys if str(one.pk) == start or start.startswith(one.prefix)]
    found = found or [one for one in keys if start and one.name == start]
    if len(found) != 1:
        trouble = "is no key" if not found else "are several keys"
        raise CommandError(f"There {trouble} {start[:12]} of {slug}; name one by its id.")
    return found[0]
