"""The ClickHouse server is slow, silent, dead, refuses, or is cut off in mid-answer."""

import time

import pytest

from tests.faults.line import late, slowly
from tests.warehouse.proxy import answer, cut, reset, stall

PROBLEMS = ("source-unavailable", "source-timeout", "source-error")
BAD = {
    "engine slow to answer": late(1.5),
    "engine slow in its answer": slowly,
    "engine silent": stall,
    "engine cuts at once": reset,
    "engine cut in its answer": cut(3_000),
    "engine overloaded": answer(503),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_line_to_the_engine(served, watch, chance, fault):
    with served.line.bad(BAD[fault]):
        watch.ask()
        time.sleep(chance.uniform(0.5, 3))
    served.line.release()
    watch.settle(time.monotonic(), may_fail=PROBLEMS)


@pytest.mark.parametrize("fault", ["engine refuses"])
def test_a_server_that_refuses(served, watch, chance, fault):
    watch.ask()
    with served.line.refusing():
        time.sleep(chance.uniform(0.2, 4))
    watch.settle(time.monotonic(), may_fail=PROBLEMS)


@pytest.mark.parametrize("fault", ["engine killed"])
def test_a_server_that_dies(served, watch, chance, fault):
    watch.ask()
    time.sleep(chance.uniform(0, 0.5))
    served.server.kill()
    time.sleep(chance.uniform(0, 3))
    served.server.start()
    watch.settle(time.monotonic(), may_fail=PROBLEMS)
