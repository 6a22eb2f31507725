"""Results as files: each attempt writes one Parquet file aside, the commit of its job names it.

Other formats are made from it, once each, and kept beside it. Whoever reads or makes one holds a
small part of it at a time.
"""

import io
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson
from django.db import transaction
from django.utils.module_loading import import_string

from reports.formats import FORMATS, STORED, Format
from reports.models import Job, Report, ResultFile
from reports.stores import store
from reports.stores.store import Stream
from warehouse.document import Document
from warehouse.exceptions import Gone, InvalidRequest, NotAcceptable, SourceUnavailable

if TYPE_CHECKING:  # doors import this module when they start, and must not load Arrow then
    from reports.parquet import Kept, Pages

logger = logging.getLogger(__name__)

NUL = b"\\u0000"
Told = Callable[[int], None]
"""What is called with how many rows were written so far; it may raise to stop the work."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file: `rows` data rows, `bytes` long, `sha256` of what is stored."""

    name: str
    rows: int
    bytes: int
    sha256: str

    def as_columns(self) -> dict[str, Any]:
        """Return the facts as columns of Job."""
        return {f"result_{name}": value for name, value in asdict(self).items()}


class _TooLong(Exception):
    """What is written is longer than it may be."""


class _Bounded(io.BytesIO):
    """A file in memory that takes so many bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self._most:
            raise _TooLong
        return super().write(data)


def etag_of(sha256: str) -> str:
    """Return the entity tag of what has this digest."""
    return f'"{sha256[:32]}"'


def write(job: Job, result: "Pages") -> Stored:
    """Store a result aside under this attempt; nobody sees it until the job's commit names it."""
    name = f"{folder(job)}/{job.attempt}.{STORED}"
    with _reached(), store().draft(name) as draft:
        rows: int = import_string("reports.parquet.write")(draft.file, result)
    return Stored(name, rows, draft.bytes, draft.sha256)


def body(job: Job) -> bytes:
    """Return the whole JSON of a succeeded job, made anew; raises `Gone` when it is not kept."""
    whole = io.BytesIO()
    with _kept(job) as kept:
        FORMATS["json"].write(kept, whole)
    return whole.getvalue()


def small(job: Job, most: int) -> bytes | None:
    """Return the whole JSON, or None for one of more bytes; holds no more than that of it."""
    whole = _Bounded(most)
    try:
        with _kept(job) as kept:
            FORMATS["json"].write(kept, whole)
    except _TooLong:
        return None
    # A database that keeps JSON apart from its text keeps no NUL.
    return None if NUL in whole.getvalue() else whole.getvalue()


def first(job: Job, rows: int) -> dict[str, Any]:
    """Return the result as its JSON says it, with no more than its first rows."""
    with _kept(job) as kept:
        written = Document(kept.columns, kept.zone)
        some = [cells[:rows] for cells in next(kept.pages(), [])]
        whole = b"".join((written.head(), written.rows(some), written.tail(kept.rest)))
    found: dict[str, Any] = orjson.loads(whole)
    return found


def format_of(job: Job, name: str) -> Format:
    """Return a format that the job's result fits in; raises `NotAcceptable` for any other."""
    if name not in FORMATS:
        raise InvalidRequest(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    most, rows = FORMATS[name].most_rows, job.result_rows or 0
    if most is not None and rows > most:
        raise NotAcceptable(
            f"The result has {rows:,} rows and {name} holds {most:,} at most; "
            "ask for csv or parquet, or for a report with a lower limit."
        )
    return FORMATS[name]


def find(job: Job, format_: Format) -> Stored | None:
    """Return the result in this format if it is there."""
    if format_.name == STORED:
        rows, size = job.result_rows or 0, job.result_bytes or 0
        return Stored(job.result_name, rows, size, job.result_sha256)
    made = ResultFile.objects.filter(job=job, format=format_.name).first()
    if made is None:
        return None
    with _reached():
        there = store().exists(made.name)
    return Stored(made.name, made.rows, made.bytes, made.sha256) if there else None


def provide(job: Job, name: str) -> Stored:
    """Return the result in a format, made here and now if nobody has asked for it before.

    Of racing makers the first is named. Raises `Gone` if the result was deleted meanwhile.
    """
    format_ = format_of(job, name)
    stored = find(job, format_)
    if stored is not None:
        return stored
    made = make(job, format_, f"{job.attempt}-{uuid.uuid4().hex[:12]}")
    with transaction.atomic():
        named = readable(job) and keep(job, format_, made)
    if not named:
        remove(made)
    return named or _found(job, format_)


def make(job: Job, format_: Format, name: str, told: Told = lambda _: None) -> Stored:
    """Make the result in another format, under a name that nobody knows yet."""
    path = f"{folder(job)}/{name}.{format_.name}"
    with _kept(job, told) as kept, store().draft(path) as draft:
        format_.write(kept, draft.file)
    return Stored(path, job.result_rows or 0, draft.bytes, draft.sha256)


def readable(job: Job) -> bool:
    """Tell whether a report shows the job's result; none is deleted until the transaction ends."""
    # A job before its reports, as everywhere: whoever locks both never waits for each other.
    if not list(Job.objects.select_for_update().filter(pk=job.pk).values_list("pk")):
        return False
    shown = Report.objects.select_for_update().filter(job=job, status="succeeded")
    return bool(list(shown.values_list("pk")))


def keep(job: Job, format_: Format, stored: Stored) -> Stored | None:
    """Name the file that holds the result in this format; None if another is named and there."""
    if find(job, format_) is not None:
        return None
    ResultFile.objects.update_or_create(job=job, format=format_.name, defaults=asdict(stored))
    return stored


def _found(job: Job, format_: Format) -> Stored:
    """Return what somebody else has named; raises `Gone` when it is not there any more."""
    stored = find(job, format_)
    if stored is None:
        raise Gone
    return stored


def stream(stored: Stored, *, start: int = 0, end: int | None = None) -> Stream:
    """Yield the stored bytes from `start` up to, not including, `end`, chunk by chunk."""
    with _reached():
        return store().stream(stored.name, start, stored.bytes if end is None else end)


def remove(stored: Stored) -> None:
    """Delete one stored file that will not be named; if not now, it goes with all of the job's."""
    try:
        store().delete(stored.name)
    except OSError:
        logger.exception("%s is not wanted and cannot be deleted", stored.name)


def discard(job: Job) -> None:
    """Delete everything stored for the job, and its folder; raises OSError when that fails."""
    discard_where(job, lambda _: True)
    try:
        store().delete(folder(job))
    except OSError:  # somebody makes another format right now: it goes with the job's row
        logger.info("the folder of job %s is in use", job.pk)


def discard_unnamed(job: Job) -> None:
    """Delete what earlier attempts of a succeeded job left behind, and nothing made since."""
    discard_attempts(job, *(f"{attempt}." for attempt in range(1, job.attempt)))


def discard_where(job: Job, unwanted: Callable[[str], bool]) -> None:
    """Delete those files of the job's folder whose names are unwanted."""
    for name in filter(unwanted, store().names(folder(job))):
        store().delete(f"{folder(job)}/{name}")


def discard_attempts(job: Job, *beginnings: str) -> None:
    """Delete what dead attempts have left, by how its names begin; if not now, it goes with all."""
    try:
        discard_where(job, lambda name: name.startswith(beginnings))
    except OSError:
        logger.exception("what is left of attempts at job %s cannot be deleted", job.pk)


def folder(job: Job) -> str:
    """Return the folder of a job's files."""
    return f"{job.organization_id}/{job.pk}"


@contextmanager
def _kept(job: Job, told: Told = lambda _: None) -> "Iterator[Kept]":
    """Open the job's stored result."""
    with _reached(), store().reader(job.result_name) as file:
        yield cast("Kept", import_string("reports.parquet.Kept")(file, told))


@contextmanager
def _reached() -> Iterator[None]:
    """Say what trouble with the store means for whoever asked."""
    try:
        yield
    except FileNotFoundError as error:
        raise Gone from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        logger.warning("the result store %s failed: %s", store().where, reason)
        raise SourceUnavailable(f"The result store failed: {reason}. Try again later.") from error
