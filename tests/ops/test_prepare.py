"""`manage.py prepare` brings a fresh folder to where the doors can start, and is quick after."""

import json
import os
import subprocess
import sys

import pytest

from warehouse.env import BASE


@pytest.fixture
def prepare(tmp_path):
    """Run the command on a folder of its own, with the product's settings; return its output."""
    environment = {**os.environ, "TRELLIS_VAR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "warehouse.settings"

    def run(*words):
        done = subprocess.run(
            (sys.executable, "manage.py", "prepare", *words),
            cwd=BASE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_fresh_folder_gets_all_it_needs_and_a_second_time_nothing(prepare, tmp_path):
    assert prepare() == "gathered static files\nprepared: organization demo\n"
    login = json.loads((tmp_path / "first-login.json").read_text())
    assert login["token"].startswith("trl_")
    assert (tmp_path / "static" / "staticfiles.json").exists()
    assert prepare() == "prepared: organization demo\n"
    assert json.loads((tmp_path / "first-login.json").read_text()) == login
    assert prepare("--organization", "shop") == "prepared: organization shop\n"
