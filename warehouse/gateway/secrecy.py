"""What never stands in a log line: tokens, tickets, passwords, cookies, and links that open doors.

Nobody writes these on purpose; this is for messages of libraries, traces, and addresses that
callers made up.
"""

import re

HIDDEN = "[hidden]"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Long enough to be a secret, and of one piece: file names have dots, names of routes are short.
UNGUESSABLE = re.compile(r"[A-Za-z0-9_~=-]{20,}")
PATTERNS = (
    (re.compile(r"\btr[a-z]_[0-9A-Za-z_-]{16,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)[ :=]+[^\s\"',]+"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b(\w*(?:ticket|token|secret|password|passwd|sessionid|api_?key))"
            r"(['\"]?\s*[=:]\s*['\"]?)[^\s&;,'\"})\]]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
)


def hide(text: str) -> str:
    """Return `text` without what looks like a secret."""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def shown(path: str) -> str:
    """Return an address's path without parts that nobody could guess, ids excepted."""
    if len(path) < 20:
        return path
    return "/".join(_part(part) for part in path.split("/"))


def _part(part: str) -> str:
    secret = UNGUESSABLE.fullmatch(part) and not UUID.fullmatch(part)
    return HIDDEN if secret else part
