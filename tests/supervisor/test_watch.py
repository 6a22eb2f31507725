"""When a worker that gives no sign of life is taken for dead."""

from dataclasses import replace

import pytest

from warehouse.env import ENV
from warehouse.supervisor.launch import _patience, is_stuck


@pytest.mark.parametrize(
    ("seen_ago", "running", "stuck"),
    [
        (None, 500, False),
        (3, 500, False),
        (20, 500, False),
        (21, 500, True),
        # Whoever was seen so long ago was another process: this one is still starting.
        (40, 30, False),
        (90, 59, False),
        (90, 61, True),
    ],
)
def test_a_worker_not_seen_for_two_leases_is_of_no_use(seen_ago, running, stuck):
    assert is_stuck(seen_ago, running, patience=20) is stuck


@pytest.mark.parametrize(
    ("lease", "beat", "patience"),
    [(30, 1.0, 60), (30, 25.0, 75), (5, 1.0, 15), (5, 10.0, 30)],
)
def test_whoever_beats_seldom_or_has_short_leases_is_not_taken_for_dead(lease, beat, patience):
    env = replace(ENV, lease_seconds=lease, reconcile_seconds=beat)
    assert _patience(env) == patience
    assert not is_stuck(patience, 500, _patience(env))
    assert is_stuck(patience + 1, 500, _patience(env))
