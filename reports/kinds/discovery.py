"""The kind `discovery`: which traffic without a campaign belongs together.

What it finds is kept beside the result, so that it can be dismissed or made a campaign of.
"""

from dataclasses import replace
from functools import partial
from typing import Unpack

from reports.kinds.studied import RANGE, Studied, kind_of
from warehouse import engine
from warehouse.how import How
from warehouse.language.query import Query
from warehouse.language.studies import discovery_request


def compute(query: Query, **how: Unpack[How]) -> engine.Computation:
    """Begin to compute the answer to `query`; patterns are kept when all are found."""
    # Only workers compute, and what learns from numbers takes a second to load.
    from discovery.patterns import finding  # noqa: PLC0415

    how["work"] = partial(finding.rows, now=how["now"])
    return engine.compute(query, **how)


DISCOVERY = replace(
    kind_of(
        Studied(
            name="discovery",
            tells="patterns in traffic without a campaign",
            own=discovery_request.FIELDS,
            read=discovery_request.read,
            shared=(*RANGE, "timezone", "filters", "include_bots"),
            breakdown=False,
        )
    ),
    compute=compute,
)
