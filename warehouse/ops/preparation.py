"""The first login of an installation, and whether static files must be gathered again."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.db import transaction

from warehouse.clock import now
from warehouse.env import LOGIN_FILE
from warehouse.tenancy import keyring
from warehouse.tenancy.management import system
from warehouse.tenancy.models import Membership, Organization
from warehouse.tenancy.principal import SCOPES

ADMIN = "admin"
DEMO = "demo"


def static_fingerprint() -> str:
    """Return a digest of every static source's name, size and time of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def ensure_login(var: Path) -> Mapping[str, str | None]:
    """Create the demo organization, an administrator and a key once; return what to print.

    Password and token are kept, readable by the owner only, in `var/first-login.json`, the
    password until it is changed. Where it is not known it is None here.
    """
    path = var / LOGIN_FILE
    if path.exists():
        kept: dict[str, str | None] = json.loads(path.read_text())
        if Organization.objects.filter(slug=kept["organization"]).exists():
            return _without_old_password(path, kept)
    with transaction.atomic():
        login = _create_login()
    _write_privately(path, json.dumps(login, indent=2))
    return login


def ensure_organization(slug: str, name: str) -> Organization:
    """Return the organization, made if absent, with the administrator as its owner."""
    with transaction.atomic():
        organization, made = Organization.objects.get_or_create(slug=slug, defaults={"name": name})
        user = get_user_model().objects.get(username=ADMIN)
        Membership.objects.get_or_create(
            user=user, organization=organization, defaults={"role": "owner"}
        )
        if made:
            system.record_creation(organization, owner=ADMIN, now=now())
    return organization


def _without_old_password(path: Path, kept: dict[str, str | None]) -> dict[str, str | None]:
    user = get_user_model().objects.filter(username=kept["username"]).first()
    if kept["password"] is None or (user and user.check_password(kept["password"])):
        return kept
    kept["password"] = None
    _write_privately(path, json.dumps(kept, indent=2))
    return kept


def _create_login() -> dict[str, str | None]:
    users = get_user_model().objects
    password = None
    if not users.filter(username=ADMIN).exists():
        password = secrets.token_urlsafe(12)
        users.create_superuser(ADMIN, "", password)
    organization = ensure_organization(DEMO, "Demo")
    wish = keyring.Wish("first start", frozenset(SCOPES))
    _, token = keyring.create(organization.pk, wish, by=system.issuer(), now=now())
    return {"username": ADMIN, "password": password, "organization": DEMO, "token": token}


def _write_privately(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
