"""How much work a regular expression may make: an estimate of the program it becomes.

The engine's RE2 never backtracks, but a pattern of a few characters such as `(a?){999}a{999}`
becomes thousands of steps for each character it is tried on, and one call cannot be interrupted.
"""

import re

from warehouse.language.query import Query, leaves

MOST_STEPS = 500
MOST_TRIES = 16_384
"""How many steps, counted once for each row, may lie between two looks at the clock."""
AT_ONCE: tuple[int, ...] = tuple(2**power for power in range(13, 5, -1))
"""Numbers of rows to choose from: few, as each makes a statement of its own."""
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


def rows_at_once(query: Query) -> int | None:
    """Return how many rows the engine may try the patterns of `query` on before it can be stopped.

    None where there are none. Tried on long texts, a step costs some 40 microseconds a row.
    """
    conditions = (leaf for condition in query.conditions for leaf in leaves(condition))
    found = [steps(str(one.values[0])) for one in conditions if one.operator == "matches"]
    if not found:
        return None
    few = (rows for rows in AT_ONCE if rows * sum(found) <= MOST_TRIES)
    return next(few, AT_ONCE[-1])
