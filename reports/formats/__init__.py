"""The formats of a result. Each is made from the stored Parquet file by a module of its own, in
bounded memory, which is loaded when it is first needed: it brings a library that takes its time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from django.utils.module_loading import import_string

if TYPE_CHECKING:  # doors import this module when they start, and must not load Arrow then
    from reports.parquet import Kept

Write = Callable[["Kept", IO[bytes]], None]
STORED = "parquet"
"""The format that results are stored in; it is not made."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, its media type, and what it holds at most.

    A result of up to `at_once` rows is made into it while the caller waits for nobody else.
    """

    name: str
    media_type: str
    at_once: int = 50_000
    most_rows: int | None = None

    @property
    def write(self) -> Write:
        """Return what writes a stored result into a file in this format."""
        return cast("Write", import_string(f"reports.formats.{self.name}.write"))


FORMATS = {
    one.name: one
    for one in (
        Format("json", "application/json"),
        Format("csv", "text/csv; charset=utf-8"),
        Format("ndjson", "application/x-ndjson"),
        Format(STORED, "application/vnd.apache.parquet"),
        Format("arrow", "application/vnd.apache.arrow.file"),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            at_once=10_000,
            most_rows=1_048_575,  # a sheet's rows without its header
        ),
    )
}
