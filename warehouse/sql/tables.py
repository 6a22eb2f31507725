"""SQL that asks the engine how large its tables are."""

from warehouse.sql.statement import DATABASE, Statement

SIZES = Statement(
    "SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts"
    " WHERE active AND database = {database:String} GROUP BY table",
    {"database": DATABASE},
)
