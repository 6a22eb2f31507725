"""What the person at the terminal sees: prefixed log lines, plain messages, the final box."""

import sys
from collections.abc import Mapping
from typing import TextIO

COLOURS = {"redis": 31, "worker": 32, "beat": 33, "web": 36, "ws": 35, "trellis": 1}
WIDTH = max(len(name) for name in COLOURS)


class Console:
    """Writes to one stream; `lost` turns true once nobody reads it any more."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._coloured = stream.isatty()
        self.lost = False

    def line(self, name: str, text: str) -> None:
        """Write one line of a process."""
        prefix = f"{name:<{WIDTH}} |"
        if self._coloured:
            prefix = f"\x1b[{COLOURS.get(name, 34)}m{prefix}\x1b[0m"
        self._write(f"{prefix} {text}\n")

    def say(self, text: str) -> None:
        """Write a message of the supervisor itself."""
        self.line("trellis", text)

    def box(self, title: str, facts: Mapping[str, str]) -> None:
        """Write `facts` in a frame under `title`, without prefixes so they can be copied."""
        label = max(map(len, facts))
        lines = [title, "", *(f"{name:<{label}}  {value}" for name, value in facts.items())]
        width = max(map(len, lines)) + 4
        body = "".join(f"  {line}\n" for line in lines)
        self._write(f"\n{'=' * width}\n{body}{'=' * width}\n\n")

    def _write(self, text: str) -> None:
        """Write at once; a reader that went away must not keep the processes from stopping."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self.lost = True
