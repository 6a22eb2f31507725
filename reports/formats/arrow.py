"""An Arrow IPC file (also known as Feather): what `pandas.read_feather` and `polars.read_ipc` open.

It is not compressed, so that it can be mapped into memory and every reader understands it.
"""

from typing import IO

import pyarrow as pa

from reports.parquet import Kept


def write(result: Kept, file: IO[bytes]) -> None:
    """Write the rows with their types."""
    schema = result.schema.with_metadata(result.metadata)
    with pa.ipc.new_file(file, schema) as writer:
        for batch in result.batches():
            writer.write_batch(batch.replace_schema_metadata(result.metadata))
