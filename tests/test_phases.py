"""A test that starts a process of the product is named where the phases of `make test` are told.

That those named there are marked is shown by their passing: they start such processes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.phases import LIVE, OWN

BASE = Path(__file__).parent.parent


@pytest.mark.parametrize("module", OWN)
def test_a_test_that_is_not_live_starts_no_process_of_the_product(module):
    with pytest.raises(AssertionError, match=r"tests/phases\.py"):
        subprocess.Popen([sys.executable, "-c", "", "-m", module])  # starts nothing anyway


def test_other_processes_are_started_by_any_test():
    assert subprocess.run([sys.executable, "-c", ""], check=True).returncode == 0


@pytest.mark.parametrize("path", LIVE)
def test_what_is_named_exists(path):
    assert (BASE / path).exists()
