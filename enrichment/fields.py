"""The fields of an event as senders write them, and the check of each."""

from collections.abc import Mapping

from enrichment import values
from enrichment.values import Check

# Servers accept header lines up to 8 KiB, so real URLs and agents end there.
LINE_LIMIT = 8192

FIELDS: Mapping[str, Check] = {
    "event_name": values.text(64),
    "event_time": values.instant,
    "event_id": values.text(64),
    "visitor_id": values.text(256),
    "session_id": values.text(256),
    "click_id": values.text(512),
    "campaign_id": values.text(256),
    "source": values.text(256),
    "medium": values.text(256),
    "term": values.text(512),
    "content": values.text(512),
    "channel": values.text(64),
    "url": values.text(LINE_LIMIT),
    "referrer": values.text(LINE_LIMIT),
    "ip": values.address,
    "user_agent": values.text(LINE_LIMIT),
    "page_views": values.whole(1_000_000),
    "session_duration": values.whole(4_294_967_295),
    "bounce_rate": values.fraction,
    "conversion_event": values.text(64),
    "conversion_value": values.money,
    "conversion_time": values.instant,
    "currency": values.currency,
    "properties": values.properties,
}
