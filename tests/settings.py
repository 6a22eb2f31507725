"""The product's settings over a folder and a Redis of the test run's own."""

import os
import tempfile

os.environ.setdefault("TRELLIS_VAR", tempfile.mkdtemp(prefix="trellis-tests-"))

from warehouse.env import ENV
from warehouse.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}

# WhiteNoise warns of a folder that is not there, and a warning is an error here.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
# A file, as in real life: threads of one test would share the locks of a database in memory.
DATABASES["default"]["TEST"] = {"NAME": str(ENV.var / "test.sqlite3")}  # noqa: F405
