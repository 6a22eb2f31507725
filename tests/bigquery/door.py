"""The HTTP side of the stand-in: reads a request, writes an answer, or hangs up on purpose."""

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

REASONS = {403: "accessDenied", 404: "notFound", 409: "duplicate", 503: "backendError"}


class Problem(Exception):
    """An answer that is an error of the service."""

    def __init__(self, status, message=""):
        self.status, self.message = status, message
        super().__init__(message)


def handler(service):
    """The HTTP side."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Say nothing."""

        def handle_one(self):
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else chunks(self)
            parts = urlsplit(self.path)
            limits = self.headers.get("Content-Range", "")
            service.whole = not limits.endswith("/*")
            try:
                status, document, more = service.answer(
                    self.command, parts.path, parse_qs(parts.query), body
                )
            except Problem as problem:
                status, more = problem.status, {}
                reason = REASONS.get(status, "invalidQuery")
                document = {"error": {
                    "code": status, "message": problem.message,
                    "errors": [{"reason": reason, "message": problem.message}],
                }}  # fmt: skip
            except ConnectionAbortedError:
                self.close_connection = True
                return
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815

    return Handler


def chunks(request):
    """The body of a request without a length, if it has one."""
    if request.headers.get("Transfer-Encoding") != "chunked":
        return b""
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body
