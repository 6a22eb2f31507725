"""Where letters go: what Django's e-mail settings are for one URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

FILE, CONSOLE = "file", "console"
SERVERS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
SCHEMES = (FILE, CONSOLE, *SERVERS)
BACKEND = "django.core.mail.backends.{}.EmailBackend"
TIMEOUT_SECONDS = 10


def settings(url: str) -> dict[str, Any]:
    """Return Django's settings; raises ValueError for a URL that names no place."""
    parts = urlsplit(url)
    if parts.scheme == CONSOLE:
        return {"EMAIL_BACKEND": BACKEND.format("console")}
    if parts.scheme == FILE:
        if not parts.path.startswith("/") or parts.netloc:
            raise ValueError("file:// needs a whole path")
        return {
            "EMAIL_BACKEND": BACKEND.format("filebased"),
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    if not parts.hostname:
        raise ValueError("a mail server needs a host")
    return {
        "EMAIL_BACKEND": BACKEND.format("smtp"),
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or SERVERS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }
