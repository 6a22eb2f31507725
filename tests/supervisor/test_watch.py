"""When a worker that gives no sign of life is taken for dead."""

import pytest

from warehouse.supervisor.launch import is_stuck


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
