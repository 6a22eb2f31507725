"""With the settings of an installation that faces the world, nothing is left to complain about."""

import os
import subprocess
import sys

import pytest

from warehouse.env import BASE

COOKIES = """
from warehouse import settings
names = ("SESSION_COOKIE", "CSRF_COOKIE")
for flag, wanted in (("SECURE", True), ("HTTPONLY", True), ("SAMESITE", "Lax")):
    assert all(getattr(settings, f"{name}_{flag}") == wanted for name in names), flag
assert settings.SECURE_HSTS_SECONDS >= 31_536_000
assert settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
assert settings.SECURE_SSL_REDIRECT
assert not settings.DEBUG
"""


@pytest.fixture
def production(tmp_path):
    """The variables such an installation is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRELLIS_")}
    return kept | {
        "TRELLIS_SECURE": "true",
        "TRELLIS_SECRET_KEY": "q7Zr1" * 13,
        "TRELLIS_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "warehouse.settings",
    }


@pytest.mark.parametrize(
    "words",
    [("manage.py", "check", "--deploy", "--fail-level", "WARNING"), ("-c", COOKIES)],
    ids=["check", "cookies"],
)
def test_production_settings_are_sound(production, words):
    done = subprocess.run(
        [sys.executable, *words], cwd=BASE, env=production, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
