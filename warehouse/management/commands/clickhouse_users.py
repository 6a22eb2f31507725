"""`manage.py clickhouse_users`: writes the users of a ClickHouse server, who write and read."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand

from warehouse.schema import users

HOWTO = """Put the file into /etc/clickhouse-server/users.d/trellis.xml of every server, then set
TRELLIS_CLICKHOUSE_URL=https://{writer}:{writes}@HOST:8443
TRELLIS_CLICKHOUSE_READ_URL=https://{reader}:{reads}@HOST:8443
"""


class Command(BaseCommand):
    help = "Writes the users file of a ClickHouse server; passwords are shown once, beside it."

    def handle(self, *args: Any, **options: Any) -> None:
        writes, reads = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.stdout.write(users.document(writes, reads), ending="")
        names = {"writer": users.WRITER, "reader": users.READER}
        self.stderr.write(HOWTO.format(**names, writes=writes, reads=reads))
