"""The best run of a visitor through the steps of a funnel, as SQL over sorted arrays of moments.

`bN` holds the moments, in milliseconds, of the events of match N. A run from a start takes the
earliest later moment of each next step; nothing gets further. If the first start's run ends because
there is no further event at all, no later start gets further either; only where its time ran out
are all starts tried. Where one moment holds events of two steps, either may come first: such
visitors are `tied`, and judged in Python.

What builds on another column stands in a level of its own around it: within one level the engine
writes the other's expression out each time, and a lambda works it out for each element.
"""

import itertools
from collections.abc import Sequence

from warehouse.language.studies.funnel import Funnel

MASK = 1 << 20
"""A row of a visitor is one number: its moment, and below that a bit for each match."""
MOST_TRIED = 200_000
"""So many starts times moments of one visitor are tried here; more are judged in Python."""


def levels(inner: str, several: Sequence[Sequence[str]]) -> str:
    """Return `inner` with new columns around it, level by level."""
    for columns in several:
        inner = f"SELECT *, {', '.join(columns)} FROM ({inner})"
    return inner


def first_run(funnel: Funnel, within: str) -> list[list[str]]:
    """Return the run of the first start, `r0` to the last step, 0 where it does not get so far."""
    found = [["starts[1] AS r0", f"starts[1] + {within} AS until"]]
    for step, match in enumerate(funnel.chained[1:], 1):
        held = f"x -> x > r{step - 1} AND x <= until AND r{step - 1} > 0"
        found.append([f"arrayFirst({held}, b{match}) AS r{step}"])
    return found


def cut_short(funnel: Funnel) -> str:
    """Return whether the first start's run ends though there are later events of its next step."""
    ends = [
        f"(r{step - 1} > 0 AND r{step} = 0 AND b{match}[-1] > r{step - 1})"
        for step, match in enumerate(funnel.chained[1:], 1)
    ]
    return " OR ".join(ends)


def all_runs(funnel: Funnel, within: str) -> list[list[str]]:
    """Return for each start that is tried its run, `qN` for step N, and which of them is best."""
    later = range(1, len(funnel.chain))
    found = [["if(cut, starts, []) AS q0"]]
    for step, match in zip(later, funnel.chained[1:], strict=True):
        if step == 1:
            run = f"s -> arrayFirst(x -> x > s AND x <= s + {within}, b{match}), q0"
        else:
            held = f"x > r AND x <= s + {within} AND r > 0"
            run = f"(s, r) -> arrayFirst(x -> {held}, b{match}), q0, q{step - 1}"
        found.append([f"arrayMap({run}) AS q{step}"])
    depth = " + ".join(f"(x{step} > 0)" for step in later)
    named = ", ".join(f"x{step}" for step in later)
    reached = ", ".join(f"q{step}" for step in later)
    found.append([f"arrayMap(({named}) -> {depth}, {reached}) AS depths"])
    return [*found, ["indexOf(depths, arrayMax(depths)) AS best"]]


def best_run(funnel: Funnel) -> list[str]:
    """Return the moments of the run that counts, `fN` for step N of the chain."""
    return [f"if(cut, q{step}[best], r{step}) AS f{step}" for step in range(len(funnel.chain))]


def tied(funnel: Funnel, *, overlapping: bool) -> str:
    """Return whether a moment holds events of two steps that follow each other.

    Where one event may be of several matches all moments must differ.
    """
    if overlapping:
        return f"arrayUniq(arrayMap(x -> intDiv(x, {MASK}), rows)) < length(rows)"
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in itertools.pairwise(funnel.chained))
    said = [
        f"arrayUniq(b{one}) < length(b{one})" if one == other else f"hasAny(b{one}, b{other})"
        for one, other in pairs
    ]
    return " OR ".join(said)


def spoiled(funnel: Funnel, within: str) -> str:
    """Return whether an excluded event spoils the run `fN`."""
    said = []
    for exclusion in funnel.exclusions:
        match = funnel.matches.index(exclusion.match)
        first, last = funnel.chain.index(exclusion.first), funnel.chain.index(exclusion.last)
        between = f"if(f{last} > 0, x < f{last}, x <= f0 + {within})"
        said.append(f"(f{first} > 0 AND arrayExists(x -> x > f{first} AND {between}, b{match}))")
    return " OR ".join(said) or "0"


def optional(funnel: Funnel, within: str) -> list[list[str]]:
    """Return the moments of optional steps, `oN` for place N, a level for each.

    They lie on the way of the run that counts, and behind each other.
    """
    found: list[list[str]] = []
    before = "f0"
    for place, step in enumerate(funnel.steps):
        index = sum(one < place for one in funnel.chain)
        if not step.optional:
            before = f"f{index}"
            continue
        until = f"x <= f0 + {within}"
        if index < len(funnel.chain):
            until = f"if(f{index} > 0, x < f{index}, {until})"
        held = f"x -> f{index - 1} > 0 AND x > {before} AND {until}"
        match = funnel.matches.index(step.match)
        found.append([f"arrayFirst({held}, b{match}) AS o{place}"])
        before = f"greatest({before}, o{place})"
    return found


def names(funnel: Funnel) -> list[str]:
    """Return the name under which each step's moment stands, in the order of the steps."""
    return [
        f"o{place}" if step.optional else f"f{funnel.chain.index(place)}"
        for place, step in enumerate(funnel.steps)
    ]
