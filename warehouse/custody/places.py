"""Places that hold what organizations own: what each can count and remove, and how that is noted.

The places of this installation are listed in `warehouse.worker.custody`; the tables of the event
store and the rows of the relational database are found out by looking, so none can be forgotten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.custody.runner import NotYet, Task


@dataclass(frozen=True, slots=True)
class Place:
    """One place: `count` says how much is left there (in `unit`), `remove` removes all of it.

    Both may be repeated, and `remove` may be broken off at any moment.
    """

    name: str
    unit: str
    count: Callable[[], int]
    remove: Callable[[], None]


def clear(task: Task, place: Place, fraction: float) -> None:
    """Remove what a place holds, once; how much was found is written down before any of it goes."""
    known = _known(task)
    found = known.setdefault(place.name, {"unit": place.unit, "removed": 0, "left": 0})

    def step() -> None:
        there = place.count()
        found["removed"] = max(found["removed"], there)
        task.save(place.name, fraction)
        if there:
            place.remove()
            found["left"] = place.count()

    task.once(place.name, fraction, step)


def verify(task: Task, places: Sequence[Place]) -> None:
    """Count what is left in every place; where something has come since, have it removed again.

    Raises `NotYet` unless all are empty.
    """
    known, late = _known(task), False
    for place in places:
        task.alive()
        left = place.count()
        known[place.name]["left"] = left
        if left:
            known[place.name]["removed"] += left
            task.memory["done"].remove(place.name)
            late = True
    if late:
        task.save("removing what came late", 0.9)
        raise NotYet


def noted(task: Task) -> list[dict[str, Any]]:
    """Return what was found, removed and left, place by place, for the receipt."""
    return [{"place": name, **facts} for name, facts in _known(task).items()]


def note(task: Task, name: str, **facts: Any) -> None:
    """Write down what became of a place in other words than `clear` does."""
    _known(task)[name] = {"unit": "rows", "removed": 0, "left": 0} | facts


def _known(task: Task) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = task.memory.setdefault("places", {})
    return known
