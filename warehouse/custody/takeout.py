"""Writes a takeout: a ZIP of all that an organization owns, for itself, in bounded memory.

Events are Parquet files by month, as the store holds them; what is not stored is handed over as it
is kept; everything else is JSON lines. The last member, `manifest.json`, names every file with its
rows, bytes and SHA-256. Who dies leaves a draft that nobody sees; the next attempt begins anew. An
organization has one archive at a time: a new one ends the time of those before.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

import orjson
from django.db import transaction

from warehouse import sheets
from warehouse.custody import errands, receipts, shelf, tending
from warehouse.custody.models import Errand
from warehouse.custody.organization import named
from warehouse.custody.runner import Task
from warehouse.schema.events import EVENTS
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

FORM = 1
MONTH_SECONDS = 3600.0
"""How long a month of events may take to be written."""
TOLD = ("name", "rows", "bytes", "sha256")
"""What the API tells of a file; its line of the manifest may say more."""

Section = Callable[[UUID], Iterable[Mapping[str, Any]]]
"""Yields the plain rows of one kind that belong to an organization, by its id."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file that is handed over as it is, and what its line of the manifest says besides."""

    name: str
    data: bytes
    facts: Mapping[str, Any]


class Counted:
    """A member of the archive while it is written: passes bytes on, counts and digests them."""

    def __init__(self, file: IO[bytes], alive: Callable[[], None]) -> None:
        self._file, self._alive = file, alive
        self._digest = hashlib.sha256()
        self.bytes = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Write bytes; stops the work when it must stop."""
        self._alive()
        view = memoryview(data)
        self._file.write(view)
        self._digest.update(view)
        self.bytes += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return how much was written."""
        return self.bytes

    def flush(self) -> None:
        """Do nothing: the archive is flushed as a whole."""

    def close(self) -> None:
        """Leave the archive's member to the archive."""

    @property
    def sha256(self) -> str:
        """Return the digest of what was written."""
        return self._digest.hexdigest()


@dataclass(slots=True)
class Archive:
    """A ZIP that is being written, and what its manifest will say."""

    file: zipfile.ZipFile
    alive: Callable[[], None]
    members: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def member(self, name: str, compression: int) -> Iterator[tuple[Counted, dict[str, Any]]]:
        """Lend a member to write, and the line of the manifest to put its `rows` into."""
        info = zipfile.ZipInfo(name)
        info.compress_type = compression
        info.external_attr = 0o644 << 16
        with self.file.open(info, "w", force_zip64=True) as file:
            counted = Counted(file, self.alive)
            line: dict[str, Any] = {"name": name, "rows": 0}
            yield counted, line
        self.members.append(line | {"bytes": counted.bytes, "sha256": counted.sha256})


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a takeout is made of: the store of events, the sections by their file's name, and what
    waits to be stored or could not be, by the organization's id.
    """

    clickhouse: ClickHouse
    sections: Mapping[str, Section]
    unstored: Callable[[UUID], Iterable[RawFile]]
    keep: timedelta


def write(task: Task, rooms: Rooms) -> None:
    """Do an errand of the kind `takeout`."""
    errand, store = task.errand, shelf.shelf()
    place = f"{shelf.folder(errand.organization)}/{errand.pk}"
    for left in store.tree(place):
        store.delete(left)
    name = f"{place}/{errand.attempt}.zip"
    with (
        store.draft(name) as draft,
        zipfile.ZipFile(draft.file, "w", allowZip64=True) as file,
    ):
        archive = Archive(file, task.alive)
        for title, section in rooms.sections.items():
            _write_section(archive, title, section(errand.organization_id))
        # Before the events: what is stored meanwhile is in both then, and never in neither.
        _write_raw(archive, rooms.unstored(errand.organization_id))
        _write_events(archive, task, rooms.clickhouse)
        _write_manifest(archive, task)
    try:
        _finish(task, rooms, name, draft, archive)
    except errands.LostErrand:
        # Called off while a bucket took its time: nobody else knows that the archive is there.
        store.delete(name)
        raise
    tending.drop_expired(now=task.clock())


def drop_all(organization_id: str) -> None:
    """Delete every archive of an organization; its exports have expired then."""
    store = shelf.shelf()
    for name in store.tree(shelf.folder(organization_id)):
        store.delete(name)
    made = Errand.objects.filter(kind="takeout", organization_id=organization_id)
    made.update(file_name="", expires_at=None)


def _write_section(archive: Archive, title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    with archive.member(f"{title}.ndjson", zipfile.ZIP_DEFLATED) as (file, line):
        for row in rows:
            file.write(orjson.dumps(row, default=str, option=orjson.OPT_UTC_Z) + b"\n")
            line["rows"] += 1


def _write_raw(archive: Archive, files: Iterable[RawFile]) -> None:
    for raw in files:
        with archive.member(raw.name, zipfile.ZIP_STORED) as (file, line):
            file.write(raw.data)
            line.update(raw.facts)


def _write_events(archive: Archive, task: Task, clickhouse: ClickHouse) -> None:
    owner = task.errand.organization
    months = clickhouse.run(erasing.months(owner), tag=task.errand.tag, first=True).rows
    total, written = sum(count for _, count in months), 0
    for month, count in months:
        task.save(f"events of {_title(month)}", written / max(total, 1))
        with archive.member(f"events/{_title(month)}.parquet", zipfile.ZIP_STORED) as (file, line):
            statement = erasing.events_of_month(owner, EVENTS.names, month)
            with clickhouse.stream(
                statement, tag=task.errand.tag, timeout_seconds=MONTH_SECONDS
            ) as blocks:
                line["rows"] = sheets.write(file, EVENTS, blocks)
        written += count


def _title(month: int) -> str:
    return f"{month // 100:04d}-{month % 100:02d}"


def _write_manifest(archive: Archive, task: Task) -> None:
    errand = task.errand
    manifest = {
        "form": FORM,
        "takeout": str(errand.pk),
        "organization": {"id": errand.organization, "slug": errand.organization_slug},
        "made_at": receipts.instant(task.clock()),
        "files": list(archive.members),
    }
    with archive.member("manifest.json", zipfile.ZIP_DEFLATED) as (file, _):
        file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _finish(task: Task, rooms: Rooms, name: str, draft: shelf.Draft, archive: Archive) -> None:
    errand, now = task.errand, task.clock()
    facts = {"files": len(archive.members), "bytes": draft.bytes, "sha256": draft.sha256}
    with transaction.atomic():
        audit.record(
            "takeout.made",
            actor=Actor(errand.subject, errand.subject_name),
            organization=named(errand),
            now=now,
            target=str(errand.pk),
            details=facts,
        )
        errands.succeed(
            errand,
            now=now,
            receipt={"files": [{said: line[said] for said in TOLD} for line in archive.members]},
            file_name=name,
            file_bytes=draft.bytes,
            file_sha256=draft.sha256,
            expires_at=now + rooms.keep,
        )
        made = Errand.objects.filter(kind="takeout", organization_id=errand.organization_id)
        made.filter(expires_at__gt=now).exclude(pk=errand.pk).update(expires_at=now)
