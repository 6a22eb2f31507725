"""The users of a ClickHouse server, as a file for its `users.d`: one who writes, one who reads.

The reader has no grant on system tables and none to reach files, URLs or other servers, and row
policies that show it nothing unless its query says whose rows it is to see.
"""

from hashlib import sha256
from xml.sax.saxutils import escape

from warehouse.sql.statement import DATABASE
from warehouse.sql.walls import OWNED, policy

WRITER, READER = "trellis_writer", "trellis_reader"
WRITES = (
    f"GRANT ALL ON {DATABASE}.*",
    *(f"GRANT TABLE ENGINE ON {kind}MergeTree" for kind in ("", "Aggregating", "Collapsing")),
    "GRANT SELECT ON system.processes",
    "GRANT SELECT ON system.parts",
    "GRANT SELECT ON system.storage_policies",
    "GRANT SELECT ON system.server_settings",
    "GRANT KILL QUERY ON *.*",
)
READS = (f"GRANT SELECT ON {DATABASE}.*",)
PROFILE = """    <trellis_reader>
      <readonly>2</readonly>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
    </trellis_reader>"""
USER = """    <{name}>
      <password_sha256_hex>{digest}</password_sha256_hex>
      <profile>{profile}</profile>
      <quota>default</quota>
      <networks><ip>::/0</ip></networks>
      <grants>
{grants}
      </grants>
{policies}    </{name}>"""
POLICIES = """      <databases>
        <trellis>
{tables}
        </trellis>
      </databases>
"""
TABLE = "          <{table}><filter>{condition}</filter></{table}>"


def document(writer_password: str, reader_password: str) -> str:
    """Return the file; only hashes of the passwords stand in it."""
    tables = "\n".join(TABLE.format(table=one, condition=escape(policy(one))) for one in OWNED)
    users = (
        _user(WRITER, writer_password, "default", WRITES),
        _user(READER, reader_password, READER, READS, POLICIES.format(tables=tables)),
    )
    inner = "\n".join(("  <profiles>", PROFILE, "  </profiles>", "  <users>", *users, "  </users>"))
    return f"<clickhouse>\n{inner}\n</clickhouse>\n"


def _user(
    name: str, password: str, profile: str, grants: tuple[str, ...], policies: str = ""
) -> str:
    granted = "\n".join(f"        <query>{escape(one)}</query>" for one in grants)
    digest = sha256(password.encode()).hexdigest()
    return USER.format(name=name, digest=digest, profile=profile, grants=granted, policies=policies)
