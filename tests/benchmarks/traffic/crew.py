"""A few threads that share work, in about its order; the first failure ends them all."""

import threading

HANDS = 2
END = object()


def each(several, work):
    """Do `work` on each of several things; raises what it raises."""
    waiting, lock, failures = iter(several), threading.Lock(), list[BaseException]()

    def take():
        with lock:
            return next(waiting, END)

    def run():
        while not failures and (thing := take()) is not END:
            try:
                work(thing)
            except Exception as error:  # noqa: BLE001  raised below, where the caller is
                failures.append(error)

    _together(run, failures)
    if failures:
        raise failures[0]


def _together(run, failures):
    threads = [threading.Thread(target=run) for _ in range(HANDS)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as stop:  # told to stop: what is under way still ends
        failures.append(stop)
        raise
