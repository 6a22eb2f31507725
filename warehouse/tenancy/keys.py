"""API keys: how a token is made, recognized, issued and revoked.

A token is `trl_`, 32 random bytes in base 62 and a checksum over both, so that secret scanners and
typing errors are told from real tokens without a look into the database. Only its SHA-256 is kept:
a slow hash protects guessable secrets, and 256 random bits are not.
"""

import hashlib
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime

from warehouse.tenancy.models import ApiKey, Organization, check_scopes

PREFIX = "trl_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 43  # 62**43 > 2**256
CHECKSUM_LENGTH = 6  # 62**6 > 2**32
SHOWN = 12


def new_token() -> str:
    """Return a fresh token."""
    secret = _base62(int.from_bytes(secrets.token_bytes(32)), SECRET_LENGTH)
    return PREFIX + secret + _checksum(PREFIX + secret)


def is_token(text: str) -> bool:
    """Tell whether `text` has a token's form and a right checksum."""
    return (
        len(text) == len(PREFIX) + SECRET_LENGTH + CHECKSUM_LENGTH
        and text.isascii()
        and text.startswith(PREFIX)
        and text[-CHECKSUM_LENGTH:] == _checksum(text[:-CHECKSUM_LENGTH])
    )


def digest(token: str) -> str:
    """Return the hexadecimal SHA-256 under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    organization: Organization,
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Create a key and return it with its token, which cannot be read again later.

    Raises django's ValidationError for an unknown scope.
    """
    key = ApiKey(organization=organization, name=name, expires_at=expires_at)
    key.scopes = sorted(set(scopes))
    check_scopes(key.scopes)
    return key, put_token(key)


def put_token(key: ApiKey) -> str:
    """Save `key` under a fresh token and return that token."""
    token = new_token()
    key.prefix = token[:SHOWN]
    key.digest = digest(token)
    key.save()
    return token


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
