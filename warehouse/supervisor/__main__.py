"""The door of `make run`: arguments, signals, the lock, and what to say when it cannot start."""

import argparse
import signal
import sys
from pathlib import Path

from warehouse.env import ENV
from warehouse.supervisor import launch, lock, pidfiles, ports
from warehouse.supervisor.console import Console
from warehouse.supervisor.crew import Crew, Stopped


def main() -> int:
    """Run everything until asked to stop; return the exit code."""
    options = _options()
    console = Console()
    if options.log and not options.log.is_file():
        return _refuse(console, f"LOG={options.log}: there is no such file")
    try:
        held = lock.take(ENV.var)
    except lock.AlreadyRunning as other:
        return _refuse(
            console,
            f"Trellis Warehouse already runs on {ENV.var} (process {other}). Stop it first, or "
            "give this one a folder and ports of its own: TRELLIS_VAR=… PORT=… WS_PORT=… "
            "TRELLIS_REDIS_PORT=… make run",
        )
    run_folder = ENV.var / "run"
    for name in pidfiles.sweep(run_folder):
        console.say(f"stopped {name}, left over from a run that was killed")
    if problems := ports.problems(ENV, own_redis=ENV.owns_redis):
        return _refuse(console, *problems)
    return _supervise(console, Crew(run_folder, held, console), options)


def _supervise(console: Console, crew: Crew, options: argparse.Namespace) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Whoever started us with nohup meant it.
        if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP:
            signal.signal(number, crew.ask_to_stop)
    try:
        launch.run(ENV, crew, console, log=options.log, demo=options.demo)
    except Stopped:
        console.say("stopping")
    except launch.CannotStart as problem:
        return _refuse(console, f"{problem}; see above, and `make doctor` helps")
    finally:
        crew.stop_all()
        console.say("stopped; nothing is left running")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--log", type=Path, help="an access log to import into its own organization"
    )
    parser.add_argument(
        "--no-demo", dest="demo", action="store_false", help="do not load the demo traffic"
    )
    options = parser.parse_args()
    options.log = options.log.resolve() if options.log else None
    return options


def _refuse(console: Console, *reasons: str) -> int:
    for reason in reasons:
        console.say(reason)
    return 1


if __name__ == "__main__":
    sys.exit(main())
