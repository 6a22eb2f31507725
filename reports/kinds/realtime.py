"""The kind `realtime`: what happened in the last minutes, minute by minute.

Its window is `last`, which ends with the running minute and so moves on with every one.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.kinds.preset import Preset, kind_of
from warehouse.language.faults import Faults

METRICS = ("visitors", "events", "page_views", "clicks", "conversions", "revenue")
DEFAULT = "30m"
LAST = "([1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|360)m|[1-6]h"
MINUTES = {"m": 1, "h": 60}
SECONDS = 10
"""A figure that takes longer is not of now any more."""


def period(body: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """Return the period that `last` means, in the words of a query."""
    last = DEFAULT if body.get("last") is None else body["last"]
    if not isinstance(last, str) or not re.fullmatch(LAST, last):
        faults.add("last", "invalid", "Must be minutes or hours such as 30m or 1h, at most 6h.")
        last = DEFAULT
    return {"period": f"last_{int(last[:-1]) * MINUTES[last[-1]]}_minutes"}


REALTIME = replace(
    kind_of(
        Preset(
            name="realtime",
            tells="what happened in the last minutes",
            metrics=METRICS,
            granularity="minute",
            own=("last",),
            instead=("time_range", "period"),
            fixed=period,
        )
    ),
    seconds=SECONDS,
)
