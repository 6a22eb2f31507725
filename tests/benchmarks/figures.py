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
        return verdict(self.value, self.aim, "×", at_most=self.at_most)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that has an aim of its own."""

    name: str
    value: float
    unit: str
    aim: float | None
    at_most: bool = True

    @property
    def verdict(self):
        """Say whether the aim is met."""
        return verdict(self.value, self.aim, f" {self.unit}", at_most=self.at_most)


def verdict(value, aim, unit, *, at_most):
    """Say whether a value meets its aim."""
    if aim is None:
        return "no aim set"
    met = value <= aim if at_most else value >= aim
    return f"aim {'≤' if at_most else '≥'} {aim:,g}{unit}: {'met' if met else 'MISSED'}"


def say(text=""):
    """Write one line at once, so that progress is seen while the benchmark runs."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(found):
    """Print one ratio with the two figures it comes from, or one figure alone."""
    if isinstance(found, Figure):
        say(f"{found.name:<58} {found.value:>11,.2f} {found.unit:<45}  ({found.verdict})")
        return
    say(
        f"{found.name:<58} {found.ours:>11,.1f} against {found.bare:>11,.1f} {found.unit:<11}"
        f"  {found.value:5.2f}×  ({found.verdict})"
    )


def spread(name, values, unit):
    """Print the median and the tail of single measurements."""
    ordered = sorted(values)
    tail = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    say(
        f"  {name}: median {statistics.median(ordered):,.2f} {unit}, p95 {tail:,.2f}, "
        f"best {ordered[0]:,.2f}, n={len(ordered)}"
    )
