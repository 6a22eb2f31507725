"""Groups cells of traffic that are alike: k-means, with as many groups as stand apart best."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from discovery.patterns.cube import DAY, Cube, Floats

MOST_CELLS, MOST_COMPARED = 4_000, 1_000
FEWEST, MOST = 2, 8
"""How many groups are tried."""
STARTS, SEED = 4, 0
RATE_WEIGHT = 2.0
"""How far apart a rate of 0 and one of 1 are, where two values of a side are the root of 2."""
PRIOR = 5.0
"""So many visits at the common rate are added to each cell's own: few visits tell little."""
Cells = NDArray[np.int64]


def grouped(block: Cube, excess: Floats, watch: Callable[[], None]) -> list[Floats]:
    """Return the `excess` over chance, which weighs the cells, taken apart into groups.

    Only the cells with most of it are looked at; what lies in no group is nobody's.
    """
    flat = excess.ravel()
    order = np.argsort(-flat, kind="stable")[:MOST_CELLS]
    cells = order[flat[order] > 0]
    if len(cells) < FEWEST:
        return [excess] if len(cells) else []
    # One thread adds up in one order: the same cells are always grouped alike.
    with threadpool_limits(1, user_api="openmp"):
        labels = _labels(_features(block, cells), flat[cells], watch)
    found = []
    for label in range(int(labels.max()) + 1):
        members = np.zeros_like(flat)
        mine = cells[labels == label]
        members[mine] = flat[mine]
        found.append(members.reshape(excess.shape))
    return found


def _features(block: Cube, cells: Cells) -> Floats:
    """Return what cells are compared by: the value on each side, the hour's place on the clock."""
    *places, hours = np.unravel_index(cells, block.visits.shape)
    known = [np.eye(len(side))[at] for side, at in zip(block.sides, places, strict=False)]
    angle = 2 * np.pi * hours / DAY
    visits, converting = block.visits.ravel()[cells], block.converting.ravel()[cells]
    common = block.converting.sum() / max(block.visits.sum(), 1)
    rate = (converting + PRIOR * common) / (visits + PRIOR) * RATE_WEIGHT
    return np.column_stack([*known, np.cos(angle), np.sin(angle), rate])


def _labels(features: Floats, weights: Floats, watch: Callable[[], None]) -> Cells:
    """Return each cell's group; of equally good partitions the one of fewer groups."""
    compared = np.argsort(-weights, kind="stable")[:MOST_COMPARED]
    best, found = -2.0, np.zeros(len(features), dtype=np.int64)
    different = len(np.unique(features, axis=0))
    for count in range(FEWEST, min(MOST, different - 1) + 1):
        watch()
        means = KMeans(count, n_init=STARTS, random_state=SEED)
        labels = means.fit(features, sample_weight=weights).labels_.astype(np.int64)
        if len(np.unique(labels[compared])) < FEWEST:
            continue
        apart = float(silhouette_score(features[compared], labels[compared]))
        if apart > best:
            best, found = apart, labels
    return found
