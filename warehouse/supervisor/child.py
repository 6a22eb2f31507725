"""One running process: its start, whether it lives, and its end together with its group."""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from warehouse.supervisor import pidfiles
from warehouse.supervisor.programs import Program


class Child:
    """A process of a session of its own: the terminal's Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, run_folder: Path) -> None:
        program.folder.mkdir(parents=True, exist_ok=True)
        self.program = program
        with pidfiles.held(run_folder, program.stage, program.name) as descriptor:
            self.process = subprocess.Popen(  # noqa: S603 (the commands are our own)
                program.argv,
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(descriptor,),
            )
            pidfiles.sign(descriptor, self.process.pid)
        self._started = time.monotonic()
        self._asked: float | None = None

    @property
    def age_seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._started

    def ended(self) -> bool:
        """Say whether it has ended; what is left of its group is killed then."""
        if self.process.poll() is None:
            return False
        pidfiles.signal_group(self.process.pid, signal.SIGKILL)
        return True

    def reason(self) -> str:
        """Return how it ended, in words."""
        code = self.process.returncode
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM; from now on `overdue` counts."""
        self._asked = time.monotonic()
        with suppress(ProcessLookupError):
            self.process.terminate()

    def overdue(self) -> bool:
        """Say whether it has been asked to stop longer ago than its grace allows."""
        grace = self.program.grace_seconds
        return self._asked is not None and time.monotonic() - self._asked > grace

    def kill(self) -> None:
        """End it and its group at once."""
        pidfiles.signal_group(self.process.pid, signal.SIGKILL)
