"""`make run` refuses plainly what cannot work, and starts nothing then."""

import os
import socket
import subprocess
import sys

import pytest

from tests.conftest import free_port
from warehouse.env import BASE
from warehouse.supervisor import launch, lock


@pytest.fixture
def start(tmp_path):
    """Run the supervisor on a folder and free ports of its own; return the finished process."""
    environment = {
        **os.environ,
        "TRELLIS_VAR": str(tmp_path),
        "PORT": str(free_port()),
        "WS_PORT": str(free_port()),
        "TRELLIS_REDIS_PORT": str(free_port()),
    }

    def run(*words, **changes):
        return subprocess.run(
            (sys.executable, "-m", "warehouse.supervisor", *words),
            cwd=BASE,
            env={**environment, **changes},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_a_second_run_on_the_same_folder_says_so(start, tmp_path):
    held = lock.take(tmp_path)
    second = start()
    os.close(held)
    assert second.returncode == 1
    assert f"already runs on {tmp_path} (process {os.getpid()})" in second.stdout
    assert second.stderr == ""


def test_a_used_port_is_refused(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = start(PORT=str(other.getsockname()[1]))
    assert refused.returncode == 1
    assert "address already in use" in refused.stdout


def test_a_log_that_is_not_there_is_refused(start):
    refused = start("--log", "nowhere.log")
    assert refused.returncode == 1
    assert "nowhere.log: there is no such file" in refused.stdout


def test_a_bad_setting_is_named_without_a_trace(start):
    refused = start(PORT="eighty")
    assert refused.returncode == 1
    assert "PORT must be a whole number" in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("access.log", "access"),
        ("Shop_EU access.log.gz", "shop-eu-access"),
        (".hidden.log", "hidden"),
        ("журнал.log", "log"),
        ("a" * 80, "a" * 63),
    ],
)
def test_an_imported_log_names_its_organization(tmp_path, name, slug):
    assert launch.slug_of(tmp_path / name) == slug
