"""What a sample of visitors stands for: numbers of all of them."""

from decimal import Decimal

SMALLEST = Decimal("0.0001")


def counted(value: int, share: float) -> int:
    """Return how many all visitors are, of whom a sample of `share` has so many."""
    return value if share == 1 else round(value / Decimal(repr(share)))


def added(value: Decimal, share: float) -> Decimal:
    """Return what all visitors have together, of whom a sample of `share` has `value`."""
    return value if share == 1 else (value / Decimal(repr(share))).quantize(SMALLEST)
