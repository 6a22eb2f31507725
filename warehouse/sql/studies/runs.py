"""The best run of a visitor through the steps of a funnel, as SQL over sorted arrays of moments.

`bN` holds the moments, in milliseconds, of the events of match N. A run from a start takes the
earliest later moment of each next step; nothing gets further. If the first start's run ends because
there is no further event at all, no later start gets further either; only where its time ran out
are all starts tried. Where one moment holds events of two steps, either may come first: such
visitors are `tied`, and judged in Python.
"""

import itertools
from collections.abc import Sequence

from warehouse.language.studies.funnel import Funnel

MOST_TRIED = 200_000
"""So many starts times moments of one visitor are tried here; more are judged in Python."""


def places(funnel: Funnel) -> list[int]:
    """Return which match each step of the chain is."""
    return [funnel.matches.index(funnel.steps[place].match) for place in funnel.chain]


def first_run(funnel: Funnel, within: str) -> list[str]:
    """Return the run of the first start, `r0` to the last step, 0 where it does not get so far."""
    found = ["starts[1] AS r0", f"r0 + {within} AS last"]
    for step, match in enumerate(places(funnel)[1:], 1):
        held = f"x -> r{step - 1} > 0 AND x > r{step - 1} AND x <= last"
        found.append(f"arrayFirst({held}, b{match}) AS r{step}")
    return found


def cut_short(funnel: Funnel) -> str:
    """Return whether the first start's run ends though there are later events of its next step."""
    ends = [
        f"(r{step - 1} > 0 AND r{step} = 0 AND b{match}[-1] > r{step - 1})"
        for step, match in enumerate(places(funnel)[1:], 1)
    ]
    return " OR ".join(ends)


def all_runs(funnel: Funnel, within: str) -> list[str]:
    """Return for each start tried the moments of its run, `qN` for step N, and the best of them."""
    found, steps = ["if(cut, starts, []) AS q0"], len(places(funnel))
    for step, match in enumerate(places(funnel)[1:], 1):
        before = "s" if step == 1 else "r"
        given = "s" if step == 1 else "s, r"
        arrays = "q0" if step == 1 else f"q0, q{step - 1}"
        held = f"x -> {before} > 0 AND x > {before} AND x <= s + {within}"
        found.append(f"arrayMap(({given}) -> arrayFirst({held}, b{match}), {arrays}) AS q{step}")
    reached = ", ".join(f"q{step}" for step in range(1, steps))
    named = ", ".join(f"x{step}" for step in range(1, steps))
    depth = " + ".join(f"(x{step} > 0)" for step in range(1, steps))
    found.append(f"arrayMap(({named}) -> {depth}, {reached}) AS depths")
    found.append("indexOf(depths, arrayMax(depths)) AS best")
    return found


def best_run(funnel: Funnel) -> list[str]:
    """Return the moments of the run that counts, `fN` for step N of the chain."""
    return [f"if(cut, q{step}[best], r{step}) AS f{step}" for step in range(len(places(funnel)))]


def tied(funnel: Funnel, *, overlapping: bool) -> str:
    """Return whether a moment holds events of two steps that follow each other.

    Where one event may be of several matches all moments must differ.
    """
    if overlapping:
        return "arrayUniq(arrayMap(x -> intDiv(x, 1048576), rows)) < length(rows)"
    steps = places(funnel)
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in itertools.pairwise(steps))
    said = [
        f"arrayUniq(b{one}) < length(b{one})" if one == other else f"hasAny(b{one}, b{other})"
        for one, other in pairs
    ]
    return " OR ".join(said)


def spoiled(funnel: Funnel) -> str:
    """Return whether an excluded event spoils the run `fN`."""
    said = []
    for exclusion in funnel.exclusions:
        match = funnel.matches.index(exclusion.match)
        first, last = funnel.chain.index(exclusion.first), funnel.chain.index(exclusion.last)
        between = f"if(f{last} > 0, x < f{last}, x <= f0 + within)"
        said.append(f"(f{first} > 0 AND arrayExists(x -> x > f{first} AND {between}, b{match}))")
    return " OR ".join(said) or "0"


def optional(funnel: Funnel) -> list[str]:
    """Return the moments of optional steps, `oN` for place N: on the way of the run that counts."""
    found: list[str] = []
    before = "f0"
    for place, step in enumerate(funnel.steps):
        if not step.optional:
            before = f"f{funnel.chain.index(place)}"
            continue
        match = funnel.matches.index(step.match)
        further = [index for index, one in enumerate(funnel.chain) if one > place]
        ends = f"if(f{further[0]} > 0, x < f{further[0]}, x <= f0 + within)" if further else ""
        until = ends or "x <= f0 + within"
        came = f"f{len(funnel.chain[: _index(funnel, place)]) - 1}"
        held = f"x -> {came} > 0 AND x > {before} AND {until}"
        found.append(f"arrayFirst({held}, b{match}) AS o{place}")
        before = f"greatest({before}, o{place})"
    return found


def _index(funnel: Funnel, place: int) -> int:
    """Return how many steps of the chain come before the step at `place`."""
    return sum(one < place for one in funnel.chain)


def names(funnel: Funnel) -> Sequence[str]:
    """Return the name under which each step's moment stands, in the order of the steps."""
    return [
        f"o{place}" if step.optional else f"f{funnel.chain.index(place)}"
        for place, step in enumerate(funnel.steps)
    ]
