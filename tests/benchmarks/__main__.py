"""`make bench`: starts the product as `make run` does, measures, prints ratios, cleans up."""

import platform
import sys
from importlib.metadata import version

from tests.benchmarks import intake, latency, requests
from tests.benchmarks.figures import say, show
from tests.live.processes import PROC
from tests.live.stack import Stack

SLUG = "benchmark"
PACKAGES = ("django", "djangorestframework", "granian", "celery", "chdb-core", "clickhouse-connect")


def main(names):
    """Run the benchmarks named (all by default) against one stack."""
    stack = Stack()
    try:
        say(f"On {_machine()}")
        stack.start()
        token = stack.organization(SLUG)
        say()
        ratios = []
        for name, benchmark in BENCHMARKS.items():
            if not names or name in names:
                ratios += benchmark(stack, token)
                say()
        say("Ratios of this run")
        for ratio in ratios:
            show(ratio)
        stack.stop()
    finally:
        stack.destroy()


def _machine():
    info = PROC / "cpuinfo"
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.processor()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{len(names) or '?'} × {model}, Python {platform.python_version()}, {packages}"


BENCHMARKS = {
    "latency": latency.run,
    "requests": requests.run,
    "intake": lambda stack, token: [intake.run(stack, SLUG, token)],
}

if __name__ == "__main__":
    main(sys.argv[1:])
