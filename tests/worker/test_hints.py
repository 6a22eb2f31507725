"""Hints: sent by a thread of their own, many become one, a broker in trouble costs nothing."""

import threading
import time

from warehouse.worker.hints import Hints


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_hint_is_sent_from_another_thread():
    sent = []
    Hints().send("a", lambda: sent.append(threading.current_thread().name))
    until(lambda: sent)
    assert sent == ["hints"]


def test_hints_that_wait_become_one_of_each_name():
    hints, hung, go, sent = Hints(), threading.Event(), threading.Event(), []

    def hang():
        hung.set()
        assert go.wait(10)

    hints.send("a", hang)
    assert hung.wait(10)
    for _ in range(100):
        hints.send("a", lambda: sent.append("a"))
        hints.send("b", lambda: sent.append("b"))
    go.set()
    until(lambda: len(sent) == 2)
    hints.send("c", lambda: sent.append("c"))
    until(lambda: "c" in sent)
    assert sent == ["a", "b", "c"]


def test_a_hint_is_tried_twice_then_dropped_and_the_next_one_goes():
    hints, tried, sent = Hints(), [], []

    def broken():
        tried.append(1)
        raise ConnectionError("refused")

    hints.send("a", broken)
    until(lambda: len(tried) == 2)
    hints.send("a", lambda: sent.append(1))
    until(lambda: sent)
    assert len(tried) == 2
