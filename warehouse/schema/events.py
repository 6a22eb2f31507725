"""The columns of `analytics_events` as Arrow types: what an insert hands to the engine.

A column may be left out of an insert; it then takes its default. `event_date` and
`visitor_hash` are best left out: the engine computes them.
"""

import pyarrow as pa

TIME = pa.timestamp("ms", tz="UTC")


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def _texts(*names: str) -> list[pa.Field]:
    return [_required(name, pa.string()) for name in names]


EVENTS: pa.Schema = pa.schema(
    [
        _required("organization_id", pa.string()),
        _required("event_time", TIME),
        *_texts("event_id", "event_name", "visitor_id", "session_id", "click_id"),
        *_texts("campaign_id", "source", "medium", "term", "content", "channel"),
        *_texts("url", "hostname", "path", "referrer", "referrer_host"),
        _required("page_views", pa.uint32()),
        _required("session_duration", pa.uint32()),
        _required("bounce_rate", pa.float32()),
        _required("conversion_event", pa.string()),
        _required("conversion_value", pa.decimal128(18, 4)),
        pa.field("conversion_time", TIME),
        *_texts("currency", "device_type", "browser", "os"),
        _required("is_mobile", pa.uint8()),
        _required("is_bot", pa.uint8()),
        *_texts("country", "region", "city", "timezone"),
        _required("fraud_score", pa.float32()),
        _required("fraud_flags", pa.list_(pa.string())),
        _required("quality_score", pa.float32()),
        _required("enriched", pa.uint8()),
        pa.field("enriched_at", TIME),
        _required("properties", pa.map_(pa.string(), pa.string())),
        _required("received_at", TIME),
        *_texts("batch_id", "campaign_assignment", "ip"),
    ]
)
EVENT_IDS: pa.Schema = pa.schema(
    [
        _required("organization_id", pa.string()),
        _required("id_hash", pa.uint64()),
        _required("batch_id", pa.string()),
        _required("received_at", TIME),
    ]
)
TOUCHES: pa.Schema = pa.schema(
    [
        *_texts("token", "organization_id", "session_id", "visitor_id"),
        _required("lo", TIME),
        _required("hi", TIME),
    ]
)
