"""The product's settings over a folder and a Redis of the test run's own."""

import os
import tempfile

MARK = "TESTS_OF_TRELLIS"
RUNNER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
# What the caller's shell exports is for their installation: a test must never write there.
# Processes that a test starts carry the mark and work in the folder that the test gave them;
# of runners side by side each has its own.
if os.environ.get(MARK) != RUNNER:
    for name in [name for name in os.environ if name.startswith("TRELLIS_")]:
        del os.environ[name]
    os.environ[MARK] = RUNNER
    os.environ["TRELLIS_VAR"] = tempfile.mkdtemp(prefix="trellis-tests-")

from warehouse.env import ENV  # noqa: E402
from warehouse.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}

# WhiteNoise warns of a folder that is not there, and a warning is an error here.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
if ENV.database_url.startswith("sqlite:"):
    # A file, as in real life: threads of one test would share the locks of a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(ENV.var / "test.sqlite3")}  # noqa: F405
