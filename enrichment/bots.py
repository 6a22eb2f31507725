"""Tells robots that say so from browsers, by the user agent alone."""

import re
from functools import lru_cache

# Hostile strings make any pattern slow: nothing a robot says of itself stands behind this.
READ = 512

SAYS_SO = re.compile(
    r"bot\b|bot[/_;\d]|bots\b|crawl|spider|slurp|scrape|archiver|fetch|feed|\brss\b|reader/|"
    r"monitor|uptime|pingdom|preview|validator|checker|scanner|probe|headless|phantomjs|"
    r"selenium|puppeteer|playwright|lighthouse|facebookexternalhit|whatsapp|mediapartners|"
    r"curl/|wget|libwww|python|java/|okhttp|httpclient|http_request|http-client|go-http|ruby|perl|"
    r"axios|node-fetch|undici|guzzle|scrapy|aiohttp|httpx|postman|insomnia|chef client|ezooms|"
    r"protocol discovery|\+?https?://|@[a-z0-9-]+\.[a-z]",
    re.IGNORECASE,
)
BROWSER = re.compile(r"(Mozilla|Opera|Dalvik|Nokia|SonyEricsson|BlackBerry)[/\d]", re.IGNORECASE)


@lru_cache(maxsize=16384)
def is_bot(user_agent: str) -> bool:
    """Tell whether an agent names itself a robot or tool, or is none that people use.

    An absent agent (empty or `-`) is not judged: senders need not pass one on.
    """
    agent = user_agent[:READ]
    if agent in ("", "-"):
        return False
    return bool(SAYS_SO.search(agent)) or not BROWSER.match(agent)
