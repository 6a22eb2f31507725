"""Which media type the caller accepts."""

from collections.abc import Sequence
from functools import lru_cache

from warehouse.exceptions import NotAcceptable


@lru_cache(maxsize=1024)
def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """Return the offered media type that `accept` likes best, or None if it likes none.

    Of equally liked ones the first offered wins; an empty header likes everything.
    """
    if not accept.strip():
        return offered[0]
    ranges = [_media_range(part) for part in accept.split(",")]
    liked = [(_quality(media_type, ranges), media_type) for media_type in offered]
    best = max(quality for quality, _ in liked)
    return next((each for quality, each in liked if quality == best), None) if best > 0 else None


def require_acceptable(accept: str, offered: Sequence[str]) -> str:
    """Return the preferred media type; raises `NotAcceptable` naming what there is."""
    media_type = preferred(accept, tuple(offered))
    if media_type is None:
        raise NotAcceptable(f"This answers {', '.join(offered)} only.")
    return media_type


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.lower().split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return how much a type is liked by the most specific range that covers it."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        for each, quality in ranges:
            if each == name:
                return quality
    return 0.0
