"""What `manage.py doctor` looks at beyond readiness: the machine, the installation, its files."""

import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from warehouse.copying import claims, progress
from warehouse.env import BASE, ENV, LOGIN_FILE
from warehouse.models import Worker
from warehouse.ops.checks import READINESS, Check

LEAST_FREE_BYTES = 2 * 1024**3
HINT_AGE = timedelta(seconds=60)


def python(now: datetime) -> Check:
    """Check the interpreter's version."""
    version = sys.version.split()[0]
    return Check(sys.version_info >= (3, 11), f"Python {version}", "install Python 3.11 or newer")


def requirements(now: datetime) -> Check:
    """Check that what is installed is what `requirements.txt` pins."""
    wrong = [
        name
        for name, wanted in _pins(BASE / "requirements.txt")
        if _installed(name) not in {wanted, None}
    ]
    absent = [n for n, _ in _pins(BASE / "requirements.txt") if _installed(n) is None]
    detail = "every requirement is installed as pinned"
    if wrong or absent:
        detail = (
            f"absent: {', '.join(absent) or 'none'}; other version: {', '.join(wrong) or 'none'}"
        )
    return Check(not wrong and not absent, detail, "run `make run` or `make test`: both install")


def folder(now: datetime) -> Check:
    """Check that the data folder can be written and has room."""
    try:
        ENV.var.mkdir(parents=True, exist_ok=True)
        probe = ENV.var / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as problem:
        return Check(False, f"{ENV.var}: {problem.strerror}", "give this user the folder")
    free = shutil.disk_usage(ENV.var).free
    detail = f"{ENV.var} can be written, {free / 1024**3:.1f} GiB are free"
    return Check(free >= LEAST_FREE_BYTES, detail, "free some disk, or move it with TRELLIS_VAR")


def results(now: datetime) -> Check:
    """Check that results can be stored, read and deleted where they are kept."""
    place = ENV.results_url.partition("?")[0]
    remedy = "give this user the place, with its keys, or name another in TRELLIS_RESULTS_URL"
    store = storages["results"]
    try:
        name = store.save(".probe", ContentFile(b"probe"))
        with store.open(name) as file:
            sound = file.read() == b"probe"
        store.delete(name)
    except OSError as problem:
        return Check(False, f"{place}: {problem.strerror or problem}", remedy)
    return Check(sound, f"{place} takes files and gives them back", remedy)


def secrets(now: datetime) -> Check:
    """Check that nobody else can read the kept secrets."""
    kept = (ENV.var / "secret-key", ENV.var / LOGIN_FILE)
    open_ones = [path.name for path in kept if path.exists() and path.stat().st_mode & 0o077]
    detail = f"readable by others: {', '.join(open_ones)}" if open_ones else "secrets are private"
    return Check(not open_ones, detail, f"chmod 600 them in {ENV.var}")


def migrations(now: datetime) -> Check:
    """Check that the relational database has this version's tables."""
    try:
        executor = MigrationExecutor(connection)
    except Error as problem:
        return Check(False, f"cannot be read ({type(problem).__name__})", "check the database")
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    detail = f"{len(plan)} migrations are missing" if plan else "every migration is applied"
    return Check(not plan, detail, "run `manage.py migrate`")


def static_files(now: datetime) -> Check:
    """Check that pages find their style and scripts."""
    there = Path(settings.STATIC_ROOT).is_dir()
    return Check(there, f"{'gathered' if there else 'not gathered'}", "run `manage.py prepare`")


def hints(now: datetime) -> Check:
    """Check that beat's hints reach a worker through Redis; without them work is only slower."""
    try:
        newest = Worker.objects.filter(woken_at__gt=now - HINT_AGE).exists()
    except Error:
        newest = False
    detail = "beat wakes a worker" if newest else "no hint reached a worker within a minute"
    return Check(newest, detail, "look at the lines of beat and redis in `make run`")


def bigquery(now: datetime) -> Check:
    """Check that the copy in BigQuery, if there is to be one, keeps up; the worker talks to it."""
    if ENV.bigquery is None:
        return Check(True, "off: TRELLIS_BIGQUERY_URL names no dataset")
    try:
        found = progress.look(str(ENV.bigquery))
        waiting = claims.waiting(str(ENV.bigquery), now=now)
    except Error:
        return Check(False, "cannot be looked up", "check the database")
    detail = f"{ENV.bigquery}: {waiting} days wait to be copied"
    if not found.failing:
        return Check(True, detail)
    return Check(
        False,
        f"{detail}; {found.failing} organizations failed, the latest: {found.error}",
        "look at TRELLIS_BIGQUERY_URL, the worker's credentials (docs/bigquery.md) and its log",
    )


PARTS: Mapping[str, Callable[[datetime], Check]] = {
    "python": python,
    "requirements": requirements,
    "folder": folder,
    "results": results,
    "secrets": secrets,
    "database": READINESS["database"],
    "migrations": migrations,
    "static files": static_files,
    "redis": READINESS["redis"],
    "worker": READINESS["worker"],
    "hints": hints,
    "warden": READINESS["warden"],
    "bigquery": bigquery,
}


def _pins(path: Path) -> list[tuple[str, str]]:
    """Return the names and versions a requirements file pins, extras left out."""
    lines = (line.partition(";")[0].strip() for line in path.read_text().splitlines())
    pairs = (line.partition("==") for line in lines if "==" in line and line[0] != "#")
    return [(name.partition("[")[0], version.split()[0]) for name, _, version in pairs]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
