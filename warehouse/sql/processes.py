"""SQL that looks at and stops running queries; a query carries its tag as `log_comment`.

A user who may set nothing carries it before the `~` of the query's id, which only a server heeds.
"""

from warehouse.sql.statement import Statement

TAG = "if(Settings['log_comment'] != '', Settings['log_comment'], extract(query_id, '^(.*)~'))"
RUNNING = Statement(
    f"SELECT {TAG} AS tag, read_rows, total_rows_approx, read_bytes, elapsed"
    " FROM system.processes WHERE tag != ''"
)
KILL = (
    "KILL QUERY WHERE Settings['log_comment'] = {tag:String}"
    " OR startsWith(query_id, concat({tag:String}, '~')) SYNC"
)
