"""Where rows lie: what Django's setting of a relational database is for one URL."""

from typing import Any

import dj_database_url

SQLITE = "django.db.backends.sqlite3"
OUR_SQLITE = {
    "ENGINE": "warehouse.sqlite",
    "OPTIONS": {
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
}
"""After how long a PostgreSQL whose machine is silent counts as gone: the kernel takes minutes, or
hours where nothing is sent. Seconds, but for `tcp_user_timeout`, which libpq takes in milliseconds.
"""


def settings(url: str) -> dict[str, Any]:
    """Return Django's setting; what the URL itself says of PostgreSQL stays."""
    found: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=None)}
    if found["ENGINE"] == SQLITE:
        return found | OUR_SQLITE
    return found | {"OPTIONS": PATIENCE | found.get("OPTIONS", {})}
