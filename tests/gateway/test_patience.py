"""Bodies that do not come: few threads wait, and who fell silent in the middle is hung up on."""

import socket
import threading
from contextlib import ExitStack

import pytest

from tests.live.stack import until
from warehouse.exceptions import SourceUnavailable
from warehouse.gateway import patience
from warehouse.gateway.patience import Body, Patience, hang_up

pytestmark = pytest.mark.skipif(
    not patience.OPEN_FILES.is_dir(), reason="this system does not show open files"
)


class Line:
    """A body that comes when it is let go."""

    def __init__(self):
        self.waited_for, self.comes = threading.Event(), threading.Event()

    def read(self, size=-1):
        self.waited_for.set()
        assert self.comes.wait(20)
        return b"body"[:size]


def test_who_finds_no_place_is_asked_to_come_back():
    waiting, line = Patience(most=1), Line()
    thread = threading.Thread(target=Body(line, 80, waiting).read, args=(4,))
    thread.start()
    assert line.waited_for.wait(20)
    with pytest.raises(SourceUnavailable) as refused:
        waiting.read(line, 4, 80)
    assert refused.value.retry_after
    line.comes.set()
    thread.join()
    assert waiting.read(line, 2, 80) == b"bo"


@pytest.fixture
def connections():
    """Two connections as a server has them, with their clients, and the server's port."""
    with ExitStack() as opened:
        server = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = server.getsockname()[1]
        clients = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2)
        ]
        ours = [opened.enter_context(server.accept()[0]) for _ in range(2)]
        yield port, clients, ours


def test_only_who_asked_and_then_fell_silent_is_hung_up_on(connections):
    port, (silent, answered), (stuck, served) = connections
    for client, connection in ((silent, stuck), (answered, served)):
        client.sendall(b"half a request")
        assert connection.recv(100)
    # Its answer must be later than its request by the system's own clock for connections.
    until(lambda: since_received(served) >= 20, what="some time")
    served.sendall(b"answer")
    until(lambda: since_received(stuck) >= 200, what="a long silence")
    assert hang_up(port + 1, 0.1) == 0
    assert hang_up(port, 3600) == 0
    hang_up(port, 0.1)
    assert stuck.recv(100) == b""
    served.settimeout(0.05)
    with pytest.raises(TimeoutError):
        served.recv(100)


def since_received(connection):
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, patience.TCP_INFO_BYTES)
    return int.from_bytes(info[52:56], "little")
