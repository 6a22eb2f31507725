"""What makes the audit log append-only: the relational database itself refuses the rest."""

TABLE = "tenancy_auditentry"
REFUSAL = "the audit log is append-only"

SQLITE = tuple(
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON {TABLE}"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    f"CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON {TABLE}"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
)
SQLITE_UNDO = ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
POSTGRESQL_UNDO = (f"DROP TRIGGER audit_append_only ON {TABLE}", "DROP FUNCTION audit_refuse()")

MAKE = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
UNDO = {"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO}
"""Statements by the vendor of the database."""
