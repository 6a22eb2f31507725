"""A receiver of webhooks: a real HTTP server that records what comes and answers as it is told."""

import ssl
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DELAY = b"HTTP/1.1 %d Later\r\nRetry-After: %b\r\nContent-Length: 0\r\n\r\n"
MOVED = b"HTTP/1.1 301 Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
BEATS = 0.02


def status(code):
    return b"HTTP/1.1 %d So\r\nContent-Length: 0\r\n\r\n" % code


class Receiver(ThreadingHTTPServer):
    """Answers each path as `answers` says: bytes as they are, or what is called with the request.

    `got` are the requests that came: path, headers and body; `asked` the names TLS was asked for.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Request)
        self.answers = {}
        self.got = []
        self.asked = []
        self.ended = threading.Event()

    @property
    def port(self):
        return self.server_address[1]

    def url(self, path="/", scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}{path}"

    def handle_error(self, request, client_address):
        """Callers that go away in the middle are what is tested."""


class _Request(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers, body))
        answer = self.server.answers.get(self.path, OK)
        self.close_connection = True
        if callable(answer):
            answer(self)
        else:
            self.wfile.write(answer)

    def log_message(self, *_):
        pass


def drip(head, pieces):
    """Return an answer of `head`, then of `pieces` one by one, slowly, for as long as it may."""

    def answer(request):
        request.wfile.write(head)
        for piece in pieces:
            if request.server.ended.wait(BEATS):
                return
            request.wfile.write(piece)

    return answer


def forever(piece):
    while True:
        yield piece


def hang(request):
    request.server.ended.wait(60)


@contextmanager
def receiving(pair=None):
    """Serve while the block runs; with a certificate's files, by TLS."""
    server = Receiver()
    if pair is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.cert, pair.key)
        context.sni_callback = lambda _, name, __: server.asked.append(name)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def until(found, seconds=20):
    """Wait until `found` returns something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it has not come"
        with suppress(InterruptedError):
            time.sleep(0.02)
    return value
