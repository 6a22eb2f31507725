"""Tells whether what somebody has written, as JSON, names a visitor."""

from typing import Any


def holds(value: Any, wanted: str) -> bool:
    """Return whether any value in a JSON value is `wanted`; names of keys do not count."""
    if isinstance(value, dict):
        return any(holds(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(holds(one, wanted) for one in value)
    return bool(value == wanted)
