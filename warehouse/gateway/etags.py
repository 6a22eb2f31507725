"""Entity tags: does the caller hold what we would send?"""

from django.http import HttpRequest
from django.utils.http import parse_etags


def not_modified(request: HttpRequest, etag: str) -> bool:
    """Tell whether `If-None-Match` names `etag` (quoted); compared weakly, as RFC 9110 demands."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if not header:
        return False
    held = parse_etags(header)
    return "*" in held or weak(etag) in map(weak, held)


def weak(etag: str) -> str:
    """Return the weak form of a tag: the same content, perhaps in another encoding."""
    return etag if etag.startswith("W/") else f"W/{etag}"
