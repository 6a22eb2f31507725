"""Events with figures that can be told by heart: what the page must show of them."""

from datetime import UTC, datetime, timedelta

SOURCES = (("google", 40), ("newsletter", 20), ("partner.example", 10))
PATHS = ("/", "/pricing", "/docs")
VISITORS = sum(count for _, count in SOURCES)
PAGE_VIEWS = VISITORS * len(PATHS)
CONVERSIONS = 10
REVENUE = "$1,250"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


def events():
    """Return page views of 70 visitors over the last days, ten of whom buy for 125.00 each."""
    start = datetime.now(UTC) - timedelta(hours=40)
    return [event for index in range(VISITORS) for event in _visit(index, start)]


def _visit(index, start):
    at = start + timedelta(minutes=30 * index)
    source = _source(index)
    common = {
        "visitor_id": f"visitor-{index}",
        "session_id": f"session-{index}",
        "source": source,
        "campaign_id": "spring" if source == "newsletter" else "",
        "user_agent": BROWSER,
    }
    for step, path in enumerate(PATHS):
        yield common | {
            "event_name": "page_view",
            "event_time": (at + timedelta(minutes=step)).isoformat(),
            "url": f"https://shop.example{path}",
        }
    if index < CONVERSIONS:
        yield common | {
            "event_name": "purchase",
            "event_time": (at + timedelta(minutes=5)).isoformat(),
            "conversion_value": "125.00",
        }


def _source(index):
    for name, count in SOURCES:
        if index < count:
            return name
        index -= count
    raise IndexError(index)
