"""Tells whether what somebody has written, as JSON, names a visitor."""

from typing import Any

LANGUAGE = frozenset({"field", "operator"})
"""Keys of a comparison with words of the filter language, which a visitor's id may be."""


def holds(value: Any, wanted: str) -> bool:
    """Return whether any value in JSON is `wanted`; words of the language do not count."""
    if isinstance(value, dict):
        return any(holds(one, wanted) for key, one in value.items() if key not in LANGUAGE)
    if isinstance(value, list):
        return any(holds(one, wanted) for one in value)
    return bool(value == wanted)
