"""One supervisor a folder: the lock on `var/`, and what a second one is told."""

import fcntl
import os
import time
from pathlib import Path

CLEANING = "cleaning"
PATIENCE_SECONDS = 40


class AlreadyRunning(Exception):
    """Another supervisor works on this folder; the message says which process."""


def take(var: Path) -> int:
    """Lock `var` and return the descriptor that holds it; raises `AlreadyRunning`.

    Waits while the guard of a supervisor that died is still stopping its processes.
    """
    var.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(var / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _try(descriptor):
        owner = os.pread(descriptor, 64, 0).decode()
        if not _being_cleaned(owner) or time.monotonic() > deadline:
            os.close(descriptor)
            raise AlreadyRunning(owner)
        time.sleep(0.1)
    write(descriptor, str(os.getpid()))
    return descriptor


def write(descriptor: int, owner: str) -> None:
    """Say in the lock file who holds it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, owner.encode(), 0)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _being_cleaned(owner: str) -> bool:
    if not owner.isdigit():
        return True
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
