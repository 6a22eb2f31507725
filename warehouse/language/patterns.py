"""How much work a regular expression may make: an estimate of the program it becomes.

The engine's RE2 never backtracks, but a pattern of a few characters such as `(a?){999}a{999}`
becomes thousands of steps for each character it is tried on, and one call cannot be interrupted.
"""

import re

MOST_STEPS = 500
TOKEN = re.compile(
    r"(?P<wide>\\[pP](?:\{[^}]*\}|.)|\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])"
    r"|(?P<repeat>\{\d+(?:,\d*)?\})"
    r"|(?P<flags>\(\?[a-zA-Z-]*\))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?)"
    r"|(?P<close>\))"
    r"|(?P<plain>\\x\{[^}]*\}|\\.|.)",
    re.DOTALL,
)
WEIGHTS = {"wide": 2, "plain": 1}


def steps(pattern: str) -> int:
    """Return roughly how many steps the program of `pattern` has; a set of characters counts two.

    What is no valid pattern has an estimate too: the engine says what is wrong with it.
    """
    totals, last = [0], 0
    for token in TOKEN.finditer(pattern):
        kind = token.lastgroup
        if kind == "open":
            totals.append(0)
        elif kind == "close" and len(totals) > 1:
            last = totals.pop()
            totals[-1] += last
        elif kind == "repeat":
            added = last * (_times(token[0]) - 1)
            totals[-1] += added
            last += added
        elif kind in WEIGHTS:
            last = WEIGHTS[kind]
            totals[-1] += last
    return sum(totals)


def _times(repeat: str) -> int:
    """Return how often `{m}`, `{m,}` or `{m,n}` writes out what it repeats."""
    return max(1, *(int(number[:9]) for number in re.findall(r"\d+", repeat)))
