"""A WebSocket client that sends what it likes, and reads only when it is told to."""

import base64
import os
import socket
import struct
import time
from contextlib import suppress

TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
WHOLE = 0x80


def frame(payload, opcode=TEXT, *, first=WHOLE, masked=True):
    """Return one frame's bytes; the mask is zero, so the payload stays as it is."""
    length = len(payload)
    flag = 0x80 if masked else 0
    if length < 126:
        head = bytes([first | opcode, flag | length])
    elif length < 65536:
        head = bytes([first | opcode, flag | 126]) + struct.pack("!H", length)
    else:
        head = bytes([first | opcode, flag | 127]) + struct.pack("!Q", length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def take(data):
    """Return the opcode and the payload of the first frame in `data`, and what follows it.

    None while the frame is not whole; what a server sends has no mask.
    """
    if len(data) < 2:
        return None
    length, start = data[1] & 127, 2
    if length >= 126:
        start += 2 if length == 126 else 8
        length = int.from_bytes(data[2:start])
    end = start + length
    return (data[0] & 15, data[start:end], data[end:]) if len(data) >= end else None


def request(port, token, *more):
    """Return the bytes of a handshake."""
    lines = [
        "GET /ws/v1/ HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {token}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class Raw:
    """One TCP connection to the door."""

    def __init__(self, port, token=None, *, buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(15)
        self.socket.connect(("127.0.0.1", port))
        self.arrived = b""
        if token is not None:
            self.socket.sendall(request(port, token))
            while b"\r\n\r\n" not in self.arrived:
                self.arrived += self._more()
            head, _, self.arrived = self.arrived.partition(b"\r\n\r\n")
            assert b" 101 " in head, head

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, *frames):
        """Send frames, as far as the server takes them before it closes."""
        with suppress(ConnectionError):
            self.socket.sendall(b"".join(frames))

    def press(self, data, seconds):
        """Send `data` again and again for so long; returns how many bytes were taken."""
        self.socket.setblocking(False)
        taken, deadline = 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                taken += self.socket.send(data[taken % len(data) :])
            except BlockingIOError:
                time.sleep(0.01)
            except ConnectionError:
                break
        self.socket.settimeout(15)
        return taken

    def next(self):
        """Return the opcode and the payload of the next frame; None at the end."""
        while True:
            if found := take(self.arrived):
                opcode, payload, self.arrived = found
                return opcode, payload
            data = self._more()
            if not data:
                return None
            self.arrived += data

    def closed_with(self):
        """Return the code the server closes with, None when it just goes."""
        while found := self.next():
            opcode, payload = found
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0]
        return None

    def ended_within(self, seconds):
        """Tell whether the server ends the connection in time; what it still sends is read."""
        self.socket.settimeout(seconds)
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                if not self.socket.recv(65536):
                    return True
        except ConnectionError:
            return True
        except TimeoutError:
            pass
        return False

    def _more(self):
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""
