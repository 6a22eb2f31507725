"""The sites' world as weighted lists: where visits come from, with what, and what they look at.

The engine picks from a list by a random index. A list with weights is spread over slots first.
"""

import random
from dataclasses import dataclass

SLOTS = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """A way in; `click` is the ad click's field, `tagged` says that links carry a campaign."""

    weight: float
    source: str = ""
    medium: str = ""
    channel: str = "Direct"
    referrer: str = ""
    click: str = ""
    tagged: bool = False
    term: bool = False


REFERRING = tuple(
    Entry(4 / (rank + 2), host, "referral", "Referral", f"https://{host}/{path}")
    for rank, (host, path) in enumerate(
        (f"{word}{end}", path)
        for end, path in (("news.example", "today"), (".example", "best"), ("forum.example", "t"))
        for word in ("garden", "city", "home", "craft", "green", "daily", "design")
    )
)
ENTRIES = (
    Entry(31),
    Entry(21, "google", "organic", "Organic Search", "https://www.google.com/"),
    Entry(2.5, "bing", "organic", "Organic Search", "https://www.bing.com/"),
    Entry(1.5, "duckduckgo", "organic", "Organic Search", "https://duckduckgo.com/"),
    Entry(0.6, "ecosia", "organic", "Organic Search", "https://www.ecosia.org/"),
    Entry(0.6, "yahoo", "organic", "Organic Search", "https://search.yahoo.com/"),
    Entry(11, "google", "cpc", "Paid Search", "https://www.google.com/", "gclid", True, True),
    Entry(2, "bing", "cpc", "Paid Search", "https://www.bing.com/", "msclkid", True, True),
    Entry(6, "facebook", "paid-social", "Paid Social", "https://m.facebook.com/", "fbclid", True),
    Entry(3, "instagram", "paid-social", "Paid Social", "https://l.instagram.com/", "fbclid", True),
    Entry(1.5, "tiktok", "paid-social", "Paid Social", "https://www.tiktok.com/", "ttclid", True),
    Entry(0.7, "linkedin", "paid-social", "Paid Social", "", "li_fat_id", True),
    Entry(1, "google", "display", "Display", "https://sites.example/", "dclid", True),
    Entry(5, "newsletter", "email", "Email", tagged=True),
    Entry(1, "crm", "email", "Email", tagged=True),
    Entry(1.2, "partners", "affiliate", "Affiliates", "https://deals.example/", tagged=True),
    Entry(0.8, "coupons", "affiliate", "Affiliates", "https://coupons.example/", tagged=True),
    Entry(1.2, "facebook", "social", "Organic Social", "https://www.facebook.com/"),
    Entry(0.8, "reddit", "social", "Organic Social", "https://www.reddit.com/"),
    Entry(0.5, "pinterest", "social", "Organic Social", "https://www.pinterest.com/"),
    Entry(0.4, "youtube", "social", "Organic Social", "https://www.youtube.com/"),
    *REFERRING,
)
DEVICES = (
    (34, "mobile", "Safari", "iOS"), (24, "mobile", "Chrome", "Android"),
    (17, "desktop", "Chrome", "Windows"), (6, "desktop", "Edge", "Windows"),
    (5, "desktop", "Safari", "macOS"), (4, "desktop", "Chrome", "macOS"),
    (3, "desktop", "Firefox", "Windows"), (2, "mobile", "Samsung Internet", "Android"),
    (2, "tablet", "Safari", "iOS"), (1.5, "desktop", "Firefox", "Linux"),
    (1, "tablet", "Chrome", "Android"), (0.5, "mobile", "Firefox", "Android"),
)  # fmt: skip
COUNTRIES = (
    (30, "US", "America/New_York", "USD"), (14, "DE", "Europe/Berlin", "EUR"),
    (12, "GB", "Europe/London", "GBP"), (8, "FR", "Europe/Paris", "EUR"),
    (7, "IN", "Asia/Kolkata", "INR"), (5, "CA", "America/Toronto", "CAD"),
    (4, "BR", "America/Sao_Paulo", "BRL"), (4, "NL", "Europe/Amsterdam", "EUR"),
    (3, "AU", "Australia/Sydney", "AUD"), (3, "ES", "Europe/Madrid", "EUR"),
    (2, "IT", "Europe/Rome", "EUR"), (2, "JP", "Asia/Tokyo", "JPY"),
    (1, "SE", "Europe/Stockholm", "SEK"), (1, "PL", "Europe/Warsaw", "PLN"),
    (1, "MX", "America/Mexico_City", "MXN"), (1, "ZA", "Africa/Johannesburg", "ZAR"),
    (0.5, "NZ", "Pacific/Auckland", "NZD"), (0.5, "KE", "Africa/Nairobi", "KES"),
)  # fmt: skip
EVENTS = (
    (78, "view"),
    (11, "click"),
    (5, "scroll"),
    (3, "add_to_cart"),
    (2, "search"),
    (1, "play"),
)

# Relative traffic of each hour (UTC) and of each weekday from Monday.
HOURS = (
    0.34, 0.25, 0.20, 0.18, 0.20, 0.26, 0.38, 0.52, 0.66, 0.74, 0.78, 0.80,
    0.84, 0.86, 0.88, 0.88, 0.90, 0.94, 0.98, 1.00, 0.96, 0.84, 0.66, 0.48,
)  # fmt: skip
WEEKDAYS = (1.05, 1.08, 1.06, 1.02, 0.94, 0.86, 0.93)

_KINDS = ("oak", "cedar", "steel", "rose", "bean", "ivy", "arch", "wall", "fan", "grid")
_THINGS = ("trellis", "panel", "fence", "planter", "ladder", "net", "tower", "screen", "kit", "set")
_TOPICS = ("choosing", "building", "painting", "planting", "pruning", "watering", "anchoring")
PATHS = (
    "/", "/products", "/sale", "/cart", "/search", "/guides", "/about", "/delivery", "/contact",
    *(f"/products/{kind}-{thing}" for thing in _THINGS for kind in _KINDS),
    *(f"/guides/{topic}-a-{thing}" for topic in _TOPICS for thing in _THINGS),
    *(f"/products/{kind}-{thing}/reviews" for thing in _THINGS for kind in _KINDS),
    *(f"/help/{topic}" for topic in _TOPICS),
    *(f"/news/{number}" for number in range(14)),
)  # fmt: skip
CAMPAIGNS = tuple(
    f"{season}_{theme}_{market}"
    for theme in ("sale", "launch", "brand", "retargeting", "gifts")
    for season in ("spring", "summer", "autumn", "winter")
    for market in ("us", "eu", "row")
)
TERMS = tuple(f"{kind} {thing}" for kind in _KINDS[:8] for thing in _THINGS[:5])
CONTENTS = tuple(f"{form}_{letter}" for form in ("video", "image", "text") for letter in "abcd")


def slots(weights):
    """Return the places (from 1) of `weights` spread over the slots, in a mixed order."""
    total = sum(weights)
    spread, reached = list[int](), 0.0
    for place, weight in enumerate(weights, start=1):
        reached += weight / total * SLOTS
        spread += [place] * (round(reached) - len(spread))
    random.Random(SLOTS).shuffle(spread)
    return spread
