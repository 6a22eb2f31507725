"""The life of jobs on PostgreSQL: the very tests that have run on SQLite, by a run of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import MARK, RUNNER

HERE = Path(__file__).resolve().parent
FLAGS = ("-q", "-rs", "--color=no", "-p", "no:cacheprovider")
THE_SAME = [
    *(str(path) for path in sorted(HERE.glob("test_*.py")) if path != Path(__file__).resolve()),
    *(str(HERE / f"schedules/test_{name}.py") for name in ("firing", "endings", "withdrawing")),
    *(
        str(HERE / f"webhooks/test_{name}.py")
        for name in ("deliveries", "fanout", "hanging", "races")
    ),
    str(HERE.parent / "gateway" / "test_idempotency.py"),
    str(HERE.parent / "custody" / "test_errands.py"),
    str(HERE.parent / "discovery" / "patterns" / "test_kept.py"),
    str(HERE.parent / "tenancy" / "test_revoking.py"),
    str(HERE.parent / "worker" / "test_clock.py"),
    str(HERE.parent / "warehouse" / "test_rows.py"),
]


@pytest.mark.timeout(280)
def test_the_life_of_jobs_is_the_same_on_postgresql(postgres, tmp_path):
    settings = {MARK: RUNNER, "TRELLIS_VAR": str(tmp_path), "TRELLIS_DATABASE_URL": postgres.url}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *FLAGS, *THE_SAME],
        cwd=HERE.parents[1],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=270,
    )
    assert run.returncode == 0, run.stdout[-20_000:]
    assert " passed" in run.stdout
    assert "SQLite" not in run.stdout, "it has run on another database"
