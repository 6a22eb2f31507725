"""SQL that looks at and stops running queries; a query carries its tag as `log_comment`."""

from warehouse.sql.statement import Statement

RUNNING = Statement(
    "SELECT Settings['log_comment'], read_rows, total_rows_approx, read_bytes, elapsed"
    " FROM system.processes WHERE Settings['log_comment'] != ''"
)
KILL = "KILL QUERY WHERE Settings['log_comment'] = {tag:String} SYNC"
