"""One JSON object a row and line, with the cells as in the JSON answer."""

from typing import IO

import orjson

from reports.parquet import Kept
from warehouse.document import Document


def write(result: Kept, file: IO[bytes]) -> None:
    """Write the rows."""
    written = Document(result.columns, result.zone)
    names = [column.name for column in result.columns]
    for page in result.pages():
        rows = zip(*written.shown(page), strict=True)
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        lines = [orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in objects]
        file.write(b"".join(lines))
