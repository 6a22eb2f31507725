"""SQL on the relational day rows, for the one question every request asks."""

REVISION = (
    "SELECT COALESCE(SUM(revision), 0) FROM warehouse_day"
    " WHERE organization_id = %s AND day >= %s AND day <= %s"
)
