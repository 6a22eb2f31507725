"""The kind `traffic`: the usual metrics over time, in total or broken down."""

from reports.kinds.preset import Preset, kind_of

METRICS = (
    "visitors",
    "sessions",
    "page_views",
    "bounce_rate",
    "avg_session_duration",
    "events",
    "clicks",
    "conversions",
    "revenue",
)
TRAFFIC = kind_of(
    Preset(name="traffic", tells="traffic over time", metrics=METRICS, granularity="day")
)
