"""What runs on this machine, as far as the tests must know: children, commands, leftovers."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One live process (zombies count as dead)."""

    pid: int
    parent: int
    command: str


def alive():
    """Return every live process by pid."""
    found = _from_proc() if (PROC / "self" / "stat").exists() else _from_ps()
    return {process.pid: process for process in found}


def descendants(pid):
    """Return the live processes below `pid`, parents before their children."""
    table = alive()
    found, wave = [], {pid}
    while wave:
        below = [process for process in table.values() if process.parent in wave]
        found += below
        wave = {process.pid for process in below}
    return found


def _from_proc():
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            process = _read(folder)
            if process:
                yield process


def _read(folder):
    try:
        # The name in parentheses may hold blanks; what follows the last one has fixed places.
        state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else Process(int(folder.name), int(parent), command.strip())


def _from_ps():
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    )
    for line in listing.stdout.splitlines():
        pid, parent, state, command = line.split(None, 3)
        if not state.startswith("Z"):
            yield Process(int(pid), int(parent), command)
