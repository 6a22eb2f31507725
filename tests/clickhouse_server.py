"""A real ClickHouse over HTTP for tests: the library inside an npm package, run as a server.

`libchdb.so` is ClickHouse with all its parts; its undocumented `chdb_query_cmdline` is
clickhouse-local, which opens the HTTP interface until its standard input ends.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

BASE = Path(__file__).parent.parent
PACKAGE = "@chdb/lib-linux-x64-gnu"
INSTALL = f"npm install --no-save --prefix .ci {PACKAGE}@26.7.3-stable.1"
# In a process of its own, which leads nothing and needs nothing of this project.
BECOME = """
import ctypes, sys
words = [b"clickhouse", *(word.encode() for word in sys.argv[2:])]
ctypes.CDLL(sys.argv[1]).chdb_query_cmdline(len(words), (ctypes.c_char_p * len(words))(*words))
"""
SERVE = (
    "--query=SYSTEM START LISTEN HTTP; SELECT * FROM file('/dev/stdin', 'LineAsString') FORMAT Null"
)


class Server:
    """A ClickHouse server of the test's own, to stop, freeze and kill."""

    def __init__(self, config=None):
        self.library = library()
        self.port = _free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="trellis-clickhouse-"))
        self.config = config
        self.process: subprocess.Popen[bytes]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        options = [
            f"--path={self.folder / 'data'}",
            "--listen_host=127.0.0.1",
            f"--http_port={self.port}",
            # As a server has it: it is two here, and what removes rows sleeps between parts.
            "--background_pool_size=16",
        ]
        if self.config:
            file = self.folder / "config.xml"
            file.write_text(self.config.format(config=file))
            options.append(f"--config-file={file}")
        self.process = subprocess.Popen(
            [sys.executable, "-c", BECOME, str(self.library), *options, SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, "the ClickHouse server did not start"
            assert time.monotonic() < deadline, "the ClickHouse server does not answer"
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        if self.process.stdin:
            self.process.stdin.close()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1):  # noqa: S310
                return True
        except OSError:
            return False


def library():
    """Return the library's path, or skip the test saying how to get it."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("the ClickHouse server for tests is built for Linux on x86-64 only")
    folders = [BASE / ".ci" / "node_modules", BASE / "node_modules"]
    if named := os.environ.get("TRELLIS_TEST_NODE_MODULES"):
        folders.insert(0, Path(named))
    for folder in folders:
        if (found := folder / PACKAGE / "libchdb.so").is_file():
            return found
    pytest.skip(f"no ClickHouse server for tests; get it by `{INSTALL}`")
    raise AssertionError


@pytest.fixture(scope="session")
def clickhouse_server():
    """A ClickHouse server the whole run shares."""
    server = Server()
    server.start()
    yield server
    server.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
