"""The acquisition channel of a source and medium: rules as data, first match wins."""

import re
from functools import lru_cache

from enrichment.campaigns import MAIL_SITES, SEARCH_LABELS, SOCIAL_SITES

SEARCH = frozenset(SEARCH_LABELS.values())
SOCIAL = frozenset(SOCIAL_SITES.values()) | frozenset(SOCIAL_SITES) | {"fb", "ig", "social"}
MAIL = frozenset(MAIL_SITES.values()) | {"email", "newsletter", "mailchimp"}
ANY = None

# (sources or ANY, pattern of the medium, channel); the names are those of Google Analytics.
RULES = (
    (SEARCH, r"(.*cp.*|ppc|retargeting|paid.*)", "Paid Search"),
    (SOCIAL, r"(.*cp.*|ppc|retargeting|paid.*)", "Paid Social"),
    (ANY, r"paid[-_ ]?social", "Paid Social"),
    (ANY, r"(display|banner|expandable|interstitial|cpm)", "Display"),
    (ANY, r"(.*cp[^m].*|ppc|paid.*)", "Paid Other"),
    (ANY, r"(e-?mail|newsletter)", "Email"),
    (MAIL, r".*", "Email"),
    (ANY, r"affiliates?", "Affiliates"),
    (ANY, r"(social|social-network|social-media|sm)", "Organic Social"),
    (SOCIAL, r".*", "Organic Social"),
    (ANY, r"organic", "Organic Search"),
    (SEARCH, r"(|referral)", "Organic Search"),
    (ANY, r"(.*video.*)", "Organic Video"),
    (ANY, r"(referral|app|link)", "Referral"),
    (ANY, r"audio", "Audio"),
    (ANY, r"sms", "SMS"),
    (ANY, r"(.*push.*|mobile|notification)", "Mobile Push"),
)
COMPILED = tuple((sources, re.compile(medium), channel) for sources, medium, channel in RULES)
DIRECT_SOURCES = frozenset({"", "direct", "(direct)"})
NO_MEDIUM = frozenset({"", "none", "(none)", "(not set)"})


@lru_cache(maxsize=8192)
def channel(source: str, medium: str) -> str:
    """Return the channel's name; nothing known is `Direct`, an unknown mix `Unassigned`."""
    source, medium = source.lower(), medium.lower()
    if source in DIRECT_SOURCES and medium in NO_MEDIUM:
        return "Direct"
    for sources, pattern, name in COMPILED:
        if (sources is ANY or source in sources) and pattern.fullmatch(medium):
            return name
    return "Referral" if medium in NO_MEDIUM and "." in source else "Unassigned"
