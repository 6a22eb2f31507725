"""Which stretches of time an answer depends on: its windows, and what sessions reach into them."""

from datetime import timedelta

from warehouse.language.fields import FIELDS, SESSION
from warehouse.language.metrics import FIGURES, METRICS
from warehouse.language.query import Query, Window, leaves

DAY = timedelta(days=1)


def windows(query: Query) -> tuple[Window, ...]:
    """Return the window that is read and the one it is compared with."""
    return (query.read,) if query.previous is None else (query.read, query.previous)


def reach(query: Query) -> tuple[Window, ...]:
    """Return the windows whose events may change the answer.

    What is told of a session is told of all of it, so an event beside the window counts too. A
    day is far enough for all sessions but those that their senders keep up for longer.
    """
    found = windows(query)
    if not tells_of_sessions(query):
        return found
    return tuple(Window(one.start - DAY, one.end + DAY) for one in found)


def tells_of_sessions(query: Query) -> bool:
    """Return whether figures or fields of sessions are asked for."""
    tested = (leaf.field for condition in query.having for leaf in leaves(condition))
    figures = (name for metric in (*query.metrics, *tested) for name in METRICS[metric].figures)
    fields = (FIELDS[name].scope for name in query.fields if name in FIELDS)
    told = query.study.of_sessions if query.study else False
    return told or any(FIGURES[name].of_sessions for name in figures) or SESSION in fields
