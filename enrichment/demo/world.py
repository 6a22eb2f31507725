"""The invented shop: where its visitors come from, what they see, and with which devices."""

from dataclasses import dataclass

SITE = "https://shop.example"


@dataclass(frozen=True, slots=True)
class Entry:
    """A way into the shop: what its links carry, and how its visitors behave."""

    weight: float
    query: str = ""
    referrer: str = ""
    landing: str = "/"
    buys: float = 1.0
    click: str = ""


ENTRIES = (
    Entry(26),
    Entry(24, referrer="https://www.google.com/", landing="/guides/choosing-a-trellis"),
    Entry(5, referrer="https://www.bing.com/"),
    Entry(3, referrer="https://duckduckgo.com/", landing="/products/rose-arch"),
    Entry(
        12,
        "utm_source=google&utm_medium=cpc&utm_campaign=autumn_sale&utm_term=garden+trellis",
        landing="/products",
        buys=1.6,
        click="gclid",
    ),
    Entry(
        7,
        "utm_source=facebook&utm_medium=paid-social&utm_campaign=climbing_roses&utm_content=video",
        referrer="https://www.facebook.com/",
        landing="/products/rose-arch",
        buys=0.7,
        click="fbclid",
    ),
    Entry(
        6,
        "utm_source=newsletter&utm_medium=email&utm_campaign=gardeners_weekly",
        landing="/sale",
        buys=2.4,
    ),
    Entry(
        3,
        "utm_source=bing&utm_medium=cpc&utm_campaign=autumn_sale&utm_term=trellis",
        landing="/products",
        buys=1.3,
        click="msclkid",
    ),
    Entry(3, referrer="https://www.reddit.com/r/gardening/", landing="/guides/espalier"),
    Entry(2, referrer="https://www.instagram.com/", buys=0.5),
    Entry(4, referrer="https://gardenblog.example/best-trellises", landing="/products/oak-fan"),
    Entry(
        2,
        "utm_source=gardenpartner&utm_medium=affiliate&utm_campaign=partners",
        referrer="https://deals.example/garden",
        landing="/sale",
        buys=1.8,
    ),
)

# Traffic that came in bursts and carries no campaign: something for pattern discovery to find.
BURSTS = (
    Entry(1, referrer="https://news.example/late-frost", landing="/guides/frost", buys=0.4),
    Entry(1, landing="/products/oak-fan", buys=2.0),
    Entry(1, referrer="https://forum.example/t/8812", landing="/products/rose-arch", buys=1.5),
)

PAGES = (
    ("/", 10), ("/products", 14), ("/products/oak-fan", 9), ("/products/rose-arch", 11),
    ("/products/wall-grid", 7), ("/products/bean-tower", 6), ("/sale", 8), ("/about", 3),
    ("/guides/choosing-a-trellis", 6), ("/guides/espalier", 4), ("/guides/frost", 3),
    ("/delivery", 3), ("/contact", 2),
)  # fmt: skip
PRODUCTS = (
    (("oak-fan", 89.0), 5), (("rose-arch", 149.5), 4), (("wall-grid", 34.9), 8),
    (("bean-tower", 19.95), 9),
)  # fmt: skip

AGENTS = (
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/142.0.0.0 Safari/537.36", 30),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/18.5 Safari/605.1.15", 12),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", 5),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", 6),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/18.5 Mobile/15E148 Safari/604.1", 26),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/142.0.0.0 Mobile Safari/537.36", 24),
    ("Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/18.5 Mobile/15E148 Safari/604.1", 4),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", 8),
)  # fmt: skip
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "python-requests/2.32.5",
)

# First halves of addresses that lie in different countries.
NETWORKS = (
    ("73.162", 22), ("81.2", 14), ("91.10", 12), ("86.201", 8), ("49.36", 9), ("126.12", 6),
    ("177.32", 7), ("101.160", 5), ("142.112", 6), ("83.85", 4),
)  # fmt: skip

# Visits an hour, relative to the day's busiest; visits a weekday from Monday, relative to Sunday.
HOURS = (
    0.20, 0.12, 0.08, 0.06, 0.07, 0.12, 0.25, 0.42, 0.58, 0.68, 0.72, 0.75,
    0.80, 0.74, 0.70, 0.70, 0.74, 0.82, 0.92, 1.00, 0.98, 0.80, 0.55, 0.34,
)  # fmt: skip
WEEKDAYS = (0.82, 0.78, 0.80, 0.84, 0.88, 1.05, 1.0)
