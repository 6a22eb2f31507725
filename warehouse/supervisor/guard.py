"""Outlives a supervisor that was killed: stops what it left, holding the lock meanwhile.

Started by the supervisor with the folder and the lock's descriptor as arguments; its standard
input is a pipe whose other end only the supervisor holds, so it closes however that one ends.
"""

import signal
import sys
from pathlib import Path

from warehouse.supervisor import lock, pidfiles


def main(folder: str, descriptor: str) -> None:
    """Wait for the supervisor's end, then stop every process that is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    lock.write(int(descriptor), lock.CLEANING)
    pidfiles.sweep(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
