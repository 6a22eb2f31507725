"""What is asked beside a study, so that its answer can be reconciled with `traffic`."""

from collections.abc import Iterator
from dataclasses import replace

from warehouse.language.query import Leaf, Query

BOTS = Leaf("is_bot", "eq", (True,))


def around(query: Query) -> Iterator[tuple[dict[str, str], Query]]:
    """Yield what is asked beside a study, and which metric is told under which name."""
    if query.study is None:
        return
    plain = replace(query, study=None, metrics=("visitors", "events")).in_total()
    yield {"visitors": "visitors", "events": "events"}, plain
    if not query.include_bots:
        bots = replace(plain, metrics=("events",), where=(*plain.where, BOTS), include_bots=True)
        yield {"excluded_bot_events": "events"}, bots
