"""Receipts: what an erasure removed and what is left, in one canonical form with a digest."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from warehouse.custody.models import Errand

KEPT_ANYWAY = (
    "the audit log and this receipt, which say who asked for the erasure and what it removed",
)

KEPT_IN_BIGQUERY = (
    "what BigQuery keeps of deleted rows: two to seven days of time travel, then seven of fail-safe"
)


def compose(
    errand: Errand, places: Sequence[Mapping[str, Any]], *, finished: str, **more: Any
) -> dict[str, Any]:
    """Return the receipt of an errand.

    `places` say where (`place`), in what unit (`rows`, `files`, `entries`, `people`), how many were
    `removed` or `changed` and how many are `left`.
    """
    return {
        "version": 1,
        "erasure": str(errand.pk),
        "kind": errand.kind,
        "organization": {"id": errand.organization, "slug": errand.organization_slug},
        "asked_by": {"subject": errand.subject, "name": errand.subject_name},
        "asked_at": _instant(errand.created_at),
        "began_at": _instant(errand.started_at),
        "finished_at": finished,
        "places": [dict(place) for place in places],
        "removed": sum(place["removed"] for place in places),
        "left": sum(place["left"] for place in places),
        "kept": [*KEPT_ANYWAY, *_kept_elsewhere(places)],
        **more,
    }


def _kept_elsewhere(places: Sequence[Mapping[str, Any]]) -> list[str]:
    copied = any(place["place"].startswith("bigquery.") for place in places)
    return [KEPT_IN_BIGQUERY] if copied else []


def of_visitor(visitor_id: str) -> dict[str, str]:
    """Return how receipts, the audit log and ended errands name a visitor: `visitor_sha256`."""
    return {"visitor_sha256": hashlib.sha256(visitor_id.encode()).hexdigest()}


def canonical(receipt: Mapping[str, Any]) -> bytes:
    """Return a receipt as JSON that is the same wherever it is written: keys sorted, no spaces."""
    return orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS)


def digest(receipt: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical receipt, in hexadecimal digits."""
    return hashlib.sha256(canonical(receipt)).hexdigest()


def _instant(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def instant(moment: Any) -> str:
    """Return an aware time of UTC as receipts write it."""
    return _instant(moment) or ""
