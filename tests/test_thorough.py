"""What `make test` leaves to `make thorough`, and what it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import thorough
from tests.settings import MARK

BASE = Path(__file__).parent.parent
PATH = "tests/warehouse/test_reach.py"


@pytest.fixture(autouse=True)
def usual(monkeypatch):
    """The default suite, whatever runs this."""
    monkeypatch.setattr(thorough, "THOROUGH", False)


@pytest.mark.parametrize("arguments", [[], ["tests"], ["tests/warehouse", "tests/reports/"]])
def test_a_server_is_asked_less_where_no_file_is_named(arguments):
    assert thorough.left(PATH, "test_a[http-1]", arguments)
    assert not thorough.left(PATH, "test_a[embedded-1]", arguments)
    assert not thorough.left("tests/warehouse/test_sessions.py", "test_a[http]", arguments)


@pytest.mark.parametrize("argument", [PATH, f"{PATH}::test_a", f"{PATH}::test_a[http-1]"])
def test_nothing_of_a_file_that_is_named_is_left_out(argument):
    assert not thorough.left(PATH, "test_a[http-1]", [argument])


def test_a_run_is_asked_for_its_arguments():
    run = subprocess.run(
        (sys.executable, "-m", "pytest", PATH, "--collect-only", "-q"),
        env={**os.environ, MARK: ""},  # a folder of its own
        cwd=BASE,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "[http" in run.stdout
    assert "deselected" not in run.stdout


@pytest.mark.parametrize("path", thorough.EMBEDDED)
def test_what_is_named_exists(path):
    assert (BASE / path).exists()
