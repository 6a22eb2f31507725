"""The disk of the result store is full, and has room again."""

import time

import pytest

from tests.faults import questions
from tests.live.stack import until

CODES = ("source-unavailable",)
LEFT = 12_000
"""Room for small results, and for a piece of a large one."""


@pytest.mark.parametrize("fault", ["result store full"])
def test_a_full_disk(embedded, disk, watch, chance, fault):
    whole = watch.submit(questions.every_event(chance))
    until(lambda: watch.ended(whole), what="an end")
    disk.fill(leaving=chance.randrange(LEFT))
    answer = watch.client.http.get(f"/reports/{whole.id}/result", params={"format": "csv"})
    assert answer.status_code == 503, answer.text
    large = watch.submit(questions.every_event(chance))
    watch.ask()
    assert until(lambda: watch.ended(large), what="an end") == "failed"
    disk.empty()
    watch.settle(time.monotonic(), may_fail=CODES)
    watch.again(large)
    answer = watch.client.request("GET", f"/reports/{whole.id}/result", params={"format": "csv"})
    assert answer.text.count("\n") == questions.COUNT + 1
