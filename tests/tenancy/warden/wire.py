"""A wire to a server that can lose what is on it: connections stay open and nothing arrives."""

import socket
import threading
from contextlib import suppress

PIECE = 65_536


class Wire:
    """Passes bytes on both ways; what is connected when `lose` is called is deaf from then on."""

    def __init__(self, target):
        host, _, port = target.rpartition(":")
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets = [self._listener]
        self._deaf = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def lose(self):
        """Let nothing more arrive by the connections there are."""
        self._deaf.set()
        self._deaf = threading.Event()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_pass, args=(*ends, self._deaf), daemon=True).start()


def _pass(source, sink, deaf):
    with suppress(OSError):
        while piece := source.recv(PIECE):
            if not deaf.is_set():
                sink.sendall(piece)
