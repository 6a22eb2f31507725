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
        lines = bytearray()  # a list of them would take many times their length
        for row in rows:
            one = dict(zip(names, row, strict=True))
            lines += orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE)
        file.write(lines)
