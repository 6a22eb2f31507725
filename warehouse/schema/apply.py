"""Applies the numbered migrations of the event store, each once, and remembers their names."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from warehouse.schema import rollups
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.statement import Statement

FOLDER = Path(__file__).parent / "clickhouse"
# Migrations that are written from data; they stand in line with the files.
WRITTEN: dict[str, Callable[[], list[Statement]]] = {"0005_rollups": rollups.statements}
BOOTSTRAP = (
    "CREATE DATABASE IF NOT EXISTS trellis",
    "CREATE TABLE IF NOT EXISTS trellis.schema_migrations"
    " (name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))"
    " ENGINE = MergeTree ORDER BY name",
)
APPLIED = Statement("SELECT DISTINCT name FROM trellis.schema_migrations")
RECORD = "INSERT INTO trellis.schema_migrations (name) VALUES ({name:String})"


def apply(clickhouse: ClickHouse) -> list[str]:
    """Apply what is missing, in order, and return the names applied now.

    Every statement may be repeated, so a death half-way is repaired by the next start.
    """
    for text in BOOTSTRAP:
        clickhouse.command(Statement(text))
    done = {name for (name,) in clickhouse.run(APPLIED, tag="schema", first=True).rows}
    files = {path.stem: partial(_read, path) for path in FOLDER.glob("*.sql")}
    migrations = sorted((files | WRITTEN).items())
    missing = [(name, migration) for name, migration in migrations if name not in done]
    for name, migration in missing:
        for statement in migration():
            clickhouse.command(statement)
        clickhouse.command(Statement(RECORD, {"name": name}))
    return [name for name, _ in missing]


def _read(path: Path) -> list[Statement]:
    return statements(path.read_text())


def statements(text: str) -> list[Statement]:
    """Split a migration into its statements: each ends with a semicolon at a line's end."""
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    pieces = [piece.strip() for piece in (code + "\n").split(";\n")]
    return [Statement(piece) for piece in pieces if piece]
