"""A cancelled report ends within two seconds (`make faults` judges that), and so does its query."""

import time

import pytest

from tests.faults import questions
from tests.faults.bars import CANCEL_SECONDS
from tests.live.stack import until

LONG = 50


def cancel_while_running(stack, watch, chance):
    asked = watch.submit(questions.slow(chance, patterns=LONG))
    until(stack.queries, every=0.01, what="a running query")
    time.sleep(chance.uniform(0, 0.1))
    assert stack.queries()
    began = time.monotonic()
    watch.cancel(asked)
    left = CANCEL_SECONDS - (time.monotonic() - began)
    status = until(lambda: watch.ended(asked), seconds=left, every=0.02, what="its end")
    assert status == "cancelled"
    assert stack.queries() == []
    watch.settle(began)


@pytest.mark.parametrize("fault", ["cancelled in the query"])
def test_a_cancel_ends_the_report_and_its_query(embedded, watch, chance, fault):
    cancel_while_running(embedded, watch, chance)


@pytest.mark.parametrize("fault", ["cancelled in the query"])
def test_a_cancel_ends_the_query_on_a_server(served, watch, chance, fault):
    cancel_while_running(served, watch, chance)
