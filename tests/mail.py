"""A mail server that takes letters: real SMTP over a socket, as much as smtplib speaks."""

import socketserver
import threading
from contextlib import contextmanager

ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, usual: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.usual = usual
        self.letters: list[str] = []


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            self.wfile.write((ANSWERS.get(verb) or self.server.usual) + b"\r\n")
            if verb == b"DATA":
                self._take()
            if verb == b"QUIT":
                return

    def _take(self):
        letter = b""
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            letter += line
        self.server.letters.append(letter.decode())
        self.wfile.write(b"250 taken\r\n")


@contextmanager
def mail_server(usual=b"250 fine"):
    """Serve while the block runs; yields the port and the letters that came."""
    with _Server(usual) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], server.letters
        finally:
            server.shutdown()
            thread.join()
