"""This process's memory as the system counts it: now, and at its highest since asked to forget."""

from pathlib import Path

STATUS = Path("/proc/self/status")
FORGET = Path("/proc/self/clear_refs")
MEGABYTE = 1024


def now():
    """Return the megabytes in use."""
    return _line("VmRSS:")


def forget():
    """Let the highest begin anew; raises OSError where the system does not allow it."""
    FORGET.write_text("5")


def highest():
    """Return the most megabytes in use since `forget`."""
    return _line("VmHWM:")


def _line(name):
    lines = STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / MEGABYTE
