"""Which tests start the product's own processes: `make test` runs them last, by themselves.

They mostly wait for those processes, and would time out beside the others, which never wait.
"""

import sys

LIVE = (
    "tests/browser/",
    "tests/faults/",
    "tests/gateway/test_over_the_wire.py",
    "tests/isolation/test_sockets.py",
    "tests/live/",
    "tests/reports/ws/",
    "tests/supervisor/",
    "tests/tenancy/warden/test_doors.py",
    "tests/worker/",
)
"""Folders and files whose tests are marked `live`."""
OWN = ("celery", "granian", "uvicorn", "warehouse.supervisor")
"""What Python is told to run (`-m`) where a process of the product is started."""


def live(path):
    """Return which of them a file is or stands in, if any."""
    return next((named for named in LIVE if path.startswith(named)), None)


class Watch:
    """Refuses a process of the product to a test that is not marked `live`."""

    def __init__(self):
        self.forbids = False
        sys.addaudithook(self._heard)

    def _heard(self, event, details):
        if event == "subprocess.Popen" and self.forbids:
            assert set(details[1]).isdisjoint(OWN), "name the file of this test in tests/phases.py"
