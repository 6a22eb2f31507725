"""Two contenders taking turns, in changing order, so that what disturbs one disturbs both."""

import time
from statistics import median

ROUNDS = 9


def turns(ours, bare, rounds=ROUNDS):
    """Return the median milliseconds of each; the first round of both warms up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        pair = [(0, ours), (1, bare)]
        for which, work in pair if number % 2 else reversed(pair):
            taken[which].append(milliseconds(work))
    return median(taken[0][1:]), median(taken[1][1:])


def milliseconds(work):
    """Return how long one call takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
