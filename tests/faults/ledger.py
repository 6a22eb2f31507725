"""Counts what the rounds of each fault have done, and prints it as a table in the end."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Line:
    """What the rounds of one fault have come to."""

    rounds: int = 0
    reports: int = 0
    events: int = 0
    drops: int = 0
    failed: int = 0
    again: int = 0
    lost: int = 0
    doubled: int = 0
    worst: float = 0.0


@dataclass
class Ledger:
    """The lines by fault."""

    lines: dict[str, Line] = field(default_factory=lambda: defaultdict(Line))

    def write(self, terminal, seed):
        """Print the table."""
        terminal.section(f"faults, seed {seed}")
        titles = ("fault", *Line.__dataclass_fields__)
        rows = [titles, *((name, *vars(line).values()) for name, line in self.lines.items())]
        cells = [[_text(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            name, *numbers = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            terminal.line("  ".join((name.strip().ljust(widths[0]), *numbers)))


def _text(cell):
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


LEDGER = Ledger()
