"""Slots: as many at once as there are, no hint forgotten, nothing new once stopping."""

import threading

from warehouse.worker.slots import Slots


def test_a_drain_works_until_there_is_nothing():
    work = [1, 2, 3]
    slots = Slots({"q": 1})
    slots.drain("q", lambda: bool(work and work.pop()))
    assert work == []
    assert slots.idle


def test_a_hint_that_finds_the_slots_full_is_not_forgotten():
    slots = Slots({"q": 1})
    looked: list[int] = []

    def work_once():
        looked.append(len(looked))
        if len(looked) == 1:
            assert slots.full("q")
            slots.drain("q", lambda: 1 / 0 > 0)
        return False

    slots.drain("q", work_once)
    assert looked == [0, 1]


def test_no_more_than_the_limit_run_at_once():
    slots, entered, go = Slots({"q": 2}), threading.Semaphore(0), threading.Event()
    running = []

    def work_once():
        running.append(threading.get_ident())
        entered.release()
        go.wait(10)
        return False

    threads = [threading.Thread(target=slots.drain, args=("q", work_once)) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10)
    assert entered.acquire(timeout=10)
    assert len(running) == 2
    go.set()
    for thread in threads:
        thread.join(10)
    assert slots.idle


def test_nothing_is_claimed_once_stopping():
    slots = Slots({"q": 1})
    slots.stopping.set()
    slots.drain("q", lambda: 1 / 0 > 0)
    assert slots.idle


def test_a_slot_is_given_back_when_its_work_breaks():
    slots = Slots({"q": 1})

    def work_once():
        raise ZeroDivisionError

    for _ in range(3):
        try:
            slots.drain("q", work_once)
        except ZeroDivisionError:
            continue
        raise AssertionError("the error was swallowed")
    assert slots.idle
