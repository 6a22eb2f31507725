"""Which processes a supervisor has started, so that another one can stop what is left of them.

Each process holds an inherited lock on a file of its own under `var/run` for as long as it lives,
however its supervisor ended; the file says which process group to stop. A lock cannot outlive its
process nor pass to a stranger with the same number.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

GRACE_SECONDS = 8


@contextmanager
def held(folder: Path, stage: int, name: str) -> Iterator[int]:
    """Yield a locked descriptor to pass to a new process; write its number with `sign`."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{stage}-{name}.pid", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # A grandchild of a former process may still hold it for a moment: go on without.
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def sign(descriptor: int, pid: int) -> None:
    """Write the number of the process (and of its group) that holds the lock."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(pid).encode(), 0)


def sweep(folder: Path) -> list[str]:
    """Stop every process still holding its lock, highest stage first; return their names."""
    names: list[str] = []
    files = sorted(folder.glob("*.pid"), reverse=True)
    for _, group in groupby(files, key=lambda path: path.name.partition("-")[0]):
        alive = [path for path in group if _alive(path)]
        names += [path.stem.partition("-")[2] for path in alive]
        _stop(alive)
    return names


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group, if there still is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _stop(paths: list[Path]) -> None:
    groups = [int(text) for path in paths if (text := path.read_text()).isdigit()]
    for pid in groups:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_alive, paths)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in groups:
        signal_group(pid, signal.SIGKILL)


def _alive(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
