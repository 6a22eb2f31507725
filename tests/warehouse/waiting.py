"""Waits for what is about to be true, with a deadline."""

import time


def eventually(found, seconds=10):
    """Return the first true value of `found()`."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value
