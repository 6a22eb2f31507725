"""Where results are kept, as a URL says it: a folder or a bucket. Keys never stand in the URL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

FOLDER = "reports.stores.folder.Folder"
BUCKET = "reports.stores.bucket.Bucket"
ENDPOINTS = ("http", "https")
TOLD = {"endpoint_url": "endpoint_url", "region": "region_name"}


class BadPlace(ValueError):
    """The URL cannot be used; the message says why, and goes on from the setting's name."""


def storage(url: str, *, drafts: str) -> dict[str, Any]:
    """Return Django's settings of the storage at `url`; `drafts` is a folder for half-made files.

    `file:///PATH`, or `s3://BUCKET/PREFIX?endpoint_url=URL&region=NAME`.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path not in {"", "/"}:
        return {"BACKEND": FOLDER, "OPTIONS": {"location": unquote(parts.path)}}
    if parts.scheme != "s3" or not parts.netloc:
        raise BadPlace("must be file:///PATH or s3://BUCKET/PREFIX")
    if "@" in parts.netloc:
        raise BadPlace("must not hold keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    named = {"bucket_name": parts.netloc, "location": unquote(parts.path).strip("/")}
    return {"BACKEND": BUCKET, "OPTIONS": {**named, "drafts": drafts, **_told(parts.query)}}


def _told(query: str) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(given) - set(TOLD)):
        raise BadPlace(f"takes {' and '.join(TOLD)} behind the question mark, not {unknown[0]}")
    endpoint = given.get("endpoint_url")
    if endpoint is not None and urlsplit(endpoint).scheme not in ENDPOINTS:
        raise BadPlace("has an endpoint_url that is no http:// or https:// URL")
    return {TOLD[name]: value for name, value in given.items()}
