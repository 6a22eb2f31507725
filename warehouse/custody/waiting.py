"""How a command waits for an errand that a worker does, and says how far it is."""

import time
from collections.abc import Callable

from django.core.management.base import CommandError

from warehouse.custody.models import OPEN, Errand

LOOK_SECONDS = 0.5


def ended(errand: Errand, say: Callable[[str], object]) -> Errand:
    """Return the errand once it has ended well, telling each new stage.

    Raises `CommandError` for one that failed. Breaking off leaves it to the worker.
    """
    told = ""
    while errand.state in OPEN:
        if errand.stage != told:
            told = errand.stage
            say(f"{errand.fraction:4.0%} {told}")
        time.sleep(LOOK_SECONDS)
        errand.refresh_from_db()
    if errand.state == "failed":
        raise CommandError(f"It failed: {(errand.error or {}).get('detail', 'see the log')}")
    return errand
