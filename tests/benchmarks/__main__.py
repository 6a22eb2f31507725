"""`make bench`: starts the product as `make run` does, measures, prints ratios, cleans up."""

import argparse
import platform
from importlib.metadata import version

from tests.benchmarks import engine, exports, intake, jobs, latency, push, requests, warden
from tests.benchmarks.figures import say, show
from tests.live.processes import PROC
from tests.live.stack import Stack

SLUG = "benchmark"
PACKAGES = (
    "django",
    "djangorestframework",
    "granian",
    "uvicorn",
    "celery",
    "grpcio",
    "chdb-core",
    "clickhouse-connect",
    "pyarrow",
)


def main(names, rows, folder):
    """Run the benchmarks named (all by default) and sum up their ratios."""
    say(f"On {_machine()}")
    say()
    ratios = []
    for name, benchmark in ALONE.items():
        if not names or name in names:
            ratios += benchmark(rows, folder)
    if not names or set(names) - set(ALONE):
        ratios += _with_the_product(names)
    say("Ratios of this run")
    for ratio in ratios:
        show(ratio)


def _with_the_product(names):
    """Run those that use the product from outside, all against one stack."""
    stack, ratios = Stack(), []
    try:
        stack.start()
        token = stack.organization(SLUG)
        for name, benchmark in BENCHMARKS.items():
            if not names or name in names:
                ratios += benchmark(stack, token)
                say()
        stack.stop()
    finally:
        stack.destroy()
    return ratios


def _arguments():
    parser = argparse.ArgumentParser(prog="make bench ARGS=…")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*ALONE, *BENCHMARKS)))
    parser.add_argument("--rows", type=float, default=2e7, help="events of the engine's benchmark")
    parser.add_argument("--folder", default="", help="where those events are kept and grown")
    given = parser.parse_args()
    if unknown := set(given.names) - {*ALONE, *BENCHMARKS}:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    return given


def _machine():
    info = PROC / "cpuinfo"
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.processor()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{len(names) or '?'} × {model}, Python {platform.python_version()}, {packages}"


ALONE = {
    "engine": engine.run,
    "studies": lambda rows, folder: engine.run(rows, folder, ("study",)),
    "exports": lambda rows, folder: exports.run(),
    "jobs": lambda rows, folder: jobs.run(),
    "warden": lambda rows, folder: warden.run(),
}
BENCHMARKS = {
    "latency": latency.run,
    "requests": requests.run,
    "push": push.run,
    "intake": lambda stack, token: [intake.run(stack, SLUG, token)],
}

if __name__ == "__main__":
    told = _arguments()
    main(told.names, int(told.rows), told.folder)
