"""How much is invented, and what is asked of both engines: all of it by `make thorough`."""

import os

THOROUGH = bool(os.environ.get("THOROUGH"))
EMBEDDED = (
    "tests/warehouse/test_cache.py",
    "tests/warehouse/test_comparison.py",
    "tests/warehouse/test_reach.py",
    "tests/warehouse/test_visits.py",
)
"""Files whose questions a server is not asked but then: to it they are more of what others ask."""


def examples(few, many):
    """Return how many examples to invent."""
    return many if THOROUGH else few


def left(path, name, arguments):
    """Whether the test `name` of that file is left to `make thorough`.

    Nothing is where the run's `arguments` name files: who names one wants all of it.
    """
    asked = THOROUGH or any(".py" in argument for argument in arguments)
    return not asked and path in EMBEDDED and "[http" in name
