"""The public form of erasures and exports."""

from typing import Any

from warehouse.custody.models import Errand

BASE = "/api/v1"


def erasure(errand: Errand) -> dict[str, Any]:
    """Return the document of an erasure; its receipt once it has ended well."""
    return _common(errand, "erasures") | {
        "kind": errand.kind,
        "organization": errand.organization_slug,
        "receipt": errand.receipt,
        "receipt_sha256": errand.receipt_sha256 or None,
    }


def takeout(errand: Errand) -> dict[str, Any]:
    """Return the document of an export; its download once it is ready and until it expires."""
    found = _common(errand, "exports")
    address = f"{BASE}/exports/{errand.pk}/download" if errand.file_name else None
    found["links"] |= {"download": address}
    return found | {
        "expires_at": errand.expires_at,
        "bytes": errand.file_bytes,
        "sha256": errand.file_sha256 or None,
        "files": (errand.receipt or {}).get("files"),
    }


def _common(errand: Errand, collection: str) -> dict[str, Any]:
    return {
        "id": str(errand.pk),
        "status": errand.state,
        "progress": {"fraction": errand.fraction, "stage": errand.stage},
        "created_at": errand.created_at,
        "started_at": errand.started_at,
        "finished_at": errand.finished_at,
        "error": errand.error,
        "links": {"self": f"{BASE}/{collection}/{errand.pk}"},
    }
