"""Names visitors whom the sender did not name, without keeping their address."""

import hmac
from datetime import UTC, datetime

DAY_MS = 86_400_000


def visitor(salt: bytes, day: str, ip: str, user_agent: str) -> str:
    """Return the visitor of one organization (its `salt`), UTC day, address and agent."""
    said = f"{day}\n{ip}\n{user_agent}".encode()
    return hmac.digest(salt, said, "sha256")[:16].hex()


def day_of(milliseconds: int) -> str:
    """Return the UTC day of an instant, as visitors are named by it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
