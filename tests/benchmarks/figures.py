"""What the benchmarks found, and how it is printed."""

import statistics
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours against its bare counterpart, and the aim the ratio has."""

    name: str
    ours: float
    bare: float
    unit: str
    aim: float | None
    at_most: bool = False

    @property
    def value(self):
        """Return ours divided by the counterpart."""
        return self.ours / self.bare

    @property
    def verdict(self):
        """Say whether the aim is met."""
        if self.aim is None:
            return "no aim set"
        met = self.value <= self.aim if self.at_most else self.value >= self.aim
        sign = "≤" if self.at_most else "≥"
        return f"aim {sign} {self.aim:g}×: {'met' if met else 'MISSED'}"


def say(text=""):
    """Write one line at once, so that progress is seen while the benchmark runs."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(ratio):
    """Print one ratio with the two figures it comes from."""
    say(
        f"{ratio.name:<58} {ratio.ours:>11,.1f} against {ratio.bare:>11,.1f} {ratio.unit:<11}"
        f"  {ratio.value:5.2f}×  ({ratio.verdict})"
    )


def spread(name, values, unit):
    """Print the median and the tail of single measurements."""
    ordered = sorted(values)
    tail = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    say(
        f"  {name}: median {statistics.median(ordered):,.2f} {unit}, p95 {tail:,.2f}, "
        f"best {ordered[0]:,.2f}, n={len(ordered)}"
    )
