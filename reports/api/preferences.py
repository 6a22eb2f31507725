"""How a caller wants to be answered: how long to wait, and whether a kept answer will do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 30.0
WAIT = re.compile(r'wait\s*=\s*"?(\d{1,9})"?')


@dataclass(frozen=True, slots=True)
class Preferences:
    """`wait` is in seconds; `applied` is what `Preference-Applied` says, empty for nothing."""

    wait: float
    fresh: bool
    applied: str


def read(meta: Mapping[str, Any], *, default: float = WAIT_SECONDS) -> Preferences:
    """Return the preferences in a request's headers; one that makes no sense is passed over."""
    words = [part.strip().lower() for part in meta.get("HTTP_PREFER", "").split(",")]
    directives = [part.strip().lower() for part in meta.get("HTTP_CACHE_CONTROL", "").split(",")]
    wait, applied = _wait(words, default)
    return Preferences(wait, "no-cache" in directives or "no-store" in directives, applied)


def _wait(words: list[str], default: float) -> tuple[float, str]:
    if "respond-async" in words:
        return 0.0, "respond-async"
    asked = next((found for word in words if (found := WAIT.fullmatch(word))), None)
    if asked is None:
        return default, ""
    seconds = min(float(asked[1]), LONGEST_WAIT_SECONDS)
    return seconds, f"wait={seconds:.0f}"
