"""Apache and nginx access logs in the combined format (and its elder, the common format).

A line becomes an event by these rules, the first that fits:

- `failed` where the status is 400 or higher,
- `request` where the method is not GET, or nothing was shown (a status of 300 to 399 but 304),
- `asset` where the path ends like a picture, style, script, font, download or feed,
- `page_view` otherwise.

Robots and tools keep the event name of what they fetched; `is_bot` tells them apart. The method,
status, bytes and protocol are properties; `url` is the request's target with its query, behind
the log's own site where its referrers tell which that is.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from ipaddress import ip_address
from typing import IO, Any

from enrichment.importers import sites
from enrichment.importers.rows import Row

LINE = re.compile(
    r"(?P<host>\S+) \S+ (?P<user>.*?) \[(?P<time>[^\]]*)\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"(?: .*)?)?'
)
REQUEST = re.compile(r"([A-Za-z]+) (.+) (\S+/[\d.]+)")
TIME = re.compile(r"(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
ESCAPE = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\(.)")
MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
ASSET = re.compile(
    r"\.(png|jpe?g|gif|ico|svg|webp|avif|bmp|css|js|mjs|map|json|woff2?|ttf|otf|eot|xml|xsl|xsd|"
    r"rss|atom|txt|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|jar|deb|rpm|gem|exe|msi|dmg|iso|mp3|mp4|webm|"
    r"ogg|ogv|wav|avi|mov|swf|wasm|csv|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)


def read(file: IO[bytes]) -> Iterator[Row]:
    """Yield a row for each line that is not empty."""
    return sites.named(_rows(file))


def _rows(file: IO[bytes]) -> Iterator[Row]:
    for number, line in enumerate(file, start=1):
        raw = line.decode(errors="replace").rstrip("\r\n")
        if raw:
            yield _row(number, raw)


def _row(number: int, raw: str) -> Row:
    try:
        return Row(number, event(raw), raw)
    except ValueError as error:
        return Row(number, None, raw, str(error))


def event(line: str) -> dict[str, Any]:
    """Return the event of one line; raises ValueError saying what is wrong with it."""
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError("not a line of the combined or common log format")
    said = REQUEST.fullmatch(match["request"])
    if said is None:
        raise ValueError(f"not a request: {match['request'][:100]!r}")
    method, target, protocol = said.groups()
    status = match["status"]
    found: dict[str, Any] = {
        "event_name": name_of(method.upper(), target, int(status)),
        "event_time": time_of(match["time"]),
        "url": plain(target),
        "properties": {"method": method.upper(), "status": status, "protocol": protocol},
    }
    if match["bytes"] != "-":
        found["properties"]["bytes"] = match["bytes"]
    _add_sender(found, match)
    return found


def _add_sender(found: dict[str, Any], match: re.Match[str]) -> None:
    if is_address(match["host"]):
        found["ip"] = match["host"]
    else:
        found["properties"]["host"] = match["host"]
    for name, text in (("referrer", match["referrer"]), ("user_agent", match["agent"])):
        if text and text != "-":
            found[name] = plain(text)


def name_of(method: str, target: str, status: int) -> str:
    """Return the event name of a request: see the module's rules."""
    if status >= 400:
        return "failed"
    if method != "GET" or (300 <= status < 400 and status != 304):
        return "request"
    return "asset" if ASSET.search(target.partition("?")[0]) else "page_view"


@lru_cache(maxsize=8192)
def time_of(text: str) -> str:
    """Return a log's time (`17/May/2015:10:05:03 +0000`) as RFC 3339."""
    match = TIME.fullmatch(text)
    if match is None or match[2] not in MONTHS:
        raise ValueError(f"not a time: {text[:40]!r}")
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(-offset if sign == "-" else offset)
    moment = datetime(
        int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone
    )
    return moment.isoformat()


@lru_cache(maxsize=65536)
def is_address(host: str) -> bool:
    """Tell whether a log's first word is an address; servers may write a name instead."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def plain(text: str) -> str:
    r"""Undo the server's escapes: `\"`, `\\` and `\xE4` (bytes of UTF-8, else of Latin-1)."""
    return ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is not None:
        return {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1])
    data = bytes.fromhex(match[0].replace("\\x", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
