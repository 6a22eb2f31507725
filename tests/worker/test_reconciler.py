"""The reconciler: every duty again and again, none stopped by its own or another's trouble."""

import threading

from warehouse.worker.reconciler import Reconciler


def test_a_duty_that_fails_or_hangs_holds_up_no_other(caplog):
    rounds, again, release = [], threading.Event(), threading.Event()

    def works():
        rounds.append(1)
        if len(rounds) == 3:
            again.set()

    def breaks():
        raise ZeroDivisionError

    reconciler = Reconciler(
        {"works": works, "breaks": breaks, "hangs": lambda: release.wait(20)}, seconds=0.01
    )
    reconciler.start()
    try:
        assert again.wait(10)
    finally:
        reconciler.close()
        release.set()
    assert "the reconciler's duty breaks failed" in caplog.text
