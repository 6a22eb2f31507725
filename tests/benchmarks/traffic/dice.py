"""Expressions by which the engine draws lots: every lot is a hash, so it falls the same again."""

from tests.benchmarks.traffic.world import SLOTS

ODD = 0x9E3779B97F4A7C15
WHOLE = "18446744073709551616."


def dice(what, salt):
    """Return a hash of `what` that has nothing to do with those of other salts."""
    return f"intHash64(bitXor({what}, toUInt64({salt * ODD % 2**64})))"


def share(what, salt):
    """Return a number from 0 to 1, made of `what`."""
    return f"({dice(what, salt)} / {WHOLE})"


def slot(array, what, salt):
    """Return an index, from a parameter that is a list of slots."""
    return f"{{{array}:Array(UInt8)}}[1 + {dice(what, salt)} % {SLOTS}]"


def ranked(size, what, salt):
    """Return an index up to `size`; the n-th is n times rarer than the first."""
    return f"toUInt16(exp({share(what, salt)} * log({size + 1}.)))"


def identity(first, second):
    """Return two hashes as the text of a UUID."""
    halves = f"concat(reinterpretAsFixedString({first}), reinterpretAsFixedString({second}))"
    return f"UUIDNumToString(toFixedString({halves}, 16))"


def word(array, index):
    """Return an element of a list."""
    return f"{{{array}:Array(String)}}[{index}]"


def common(array, index):
    """Return an element of a list of words of which there are few."""
    return f"{{{array}:Array(LowCardinality(String))}}[{index}]"
