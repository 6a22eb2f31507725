"""Where a visit came from, as far as its URL and referrer tell."""

from functools import lru_cache
from typing import NamedTuple

from enrichment import addresses
from enrichment.addresses import Address

# The value limit of the stored columns; a longer one is cut, not refused: the URL is the sender's.
LIMIT = 256

# Query field of an ad click → (source, medium). Facebook marks unpaid links too, so it says less.
AD_CLICKS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "dclid": ("google", "display"),
    "msclkid": ("bing", "cpc"),
    "yclid": ("yandex", "cpc"),
    "ttclid": ("tiktok", "paid-social"),
    "twclid": ("twitter", "paid-social"),
    "li_fat_id": ("linkedin", "paid-social"),
    "fbclid": ("facebook", "social"),
}

# A label of the referrer's host → source. `google` matches www.google.de and google.com alike.
SEARCH_LABELS = {
    "google": "google", "bing": "bing", "yahoo": "yahoo", "duckduckgo": "duckduckgo",
    "baidu": "baidu", "yandex": "yandex", "ecosia": "ecosia", "qwant": "qwant",
    "startpage": "startpage", "ask": "ask", "aol": "aol", "naver": "naver", "seznam": "seznam",
    "sogou": "sogou", "kagi": "kagi", "brave": "brave",
}  # fmt: skip
SOCIAL_SITES = {
    "facebook.com": "facebook", "instagram.com": "instagram", "twitter.com": "twitter",
    "x.com": "twitter", "t.co": "twitter", "linkedin.com": "linkedin", "lnkd.in": "linkedin",
    "pinterest.com": "pinterest", "reddit.com": "reddit", "tiktok.com": "tiktok",
    "youtube.com": "youtube", "youtu.be": "youtube", "vk.com": "vk", "threads.net": "threads",
    "bsky.app": "bluesky", "mastodon.social": "mastodon", "news.ycombinator.com": "hackernews",
    "tumblr.com": "tumblr", "weibo.com": "weibo", "plus.google.com": "google-plus",
}  # fmt: skip
MAIL_SITES = {
    "mail.google.com": "gmail", "mail.yahoo.com": "yahoo-mail", "outlook.live.com": "outlook",
    "outlook.office.com": "outlook", "mail.aol.com": "aol-mail",
}  # fmt: skip


class Origin(NamedTuple):
    """Source, medium and the campaign's names; empty text where nothing tells."""

    source: str = ""
    medium: str = ""
    campaign_id: str = ""
    term: str = ""
    content: str = ""
    click_id: str = ""


@lru_cache(maxsize=32768)
def origin(url: str, referrer: str) -> Origin:
    """Return where a visitor of `url` with `referrer` came from: UTM before ad click before it."""
    query = addresses.cut(url).query if url else {}
    click, (source, medium) = _ad_click(query)
    if not (source or "utm_source" in query):
        source, medium = _referred(addresses.cut(url), addresses.cut(referrer))
    return Origin(
        *(
            value[:LIMIT]
            for value in (
                query.get("utm_source") or source,
                query.get("utm_medium") or medium,
                query.get("utm_campaign") or query.get("utm_id") or "",
                query.get("utm_term") or "",
                query.get("utm_content") or "",
                click,
            )
        )
    )


def _ad_click(query: dict[str, str]) -> tuple[str, tuple[str, str]]:
    for name, where in AD_CLICKS.items():
        if query.get(name):
            return query[name], where
    return "", ("", "")


def _referred(page: Address, referrer: Address) -> tuple[str, str]:
    host = addresses.site(referrer.hostname)
    if not host or host == addresses.site(page.hostname):
        return "", ""
    for sites, medium in ((MAIL_SITES, "email"), (SOCIAL_SITES, "social")):
        name = _site_of(host, sites)
        if name:
            return name, medium
    for label in host.split(".")[:-1]:
        if label in SEARCH_LABELS:
            return SEARCH_LABELS[label], "organic"
    return host, "referral"


def _site_of(host: str, sites: dict[str, str]) -> str:
    labels = host.split(".")
    return next(
        (sites[name] for i in range(len(labels)) if (name := ".".join(labels[i:])) in sites), ""
    )
