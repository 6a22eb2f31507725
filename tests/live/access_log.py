"""What a combined access log says, read without any code of the product."""

import gzip
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "access-log.sample.gz"
LINE = re.compile(
    r'\S+ \S+ \S+ \[(?P<time>[^]]+)] "(?P<method>[A-Z]+) (?P<target>\S+) (?P<protocol>[^" ]+)" '
    r'(?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referrer>(?:[^"\\]|\\.)*)" '
    r'"(?P<agent>(?:[^"\\]|\\.)*)"\n?'
)
# Robots that say so, and browsers beyond doubt; whoever is neither is not judged by the test.
ROBOT = re.compile(r"bot\b|crawl|spider|slurp", re.IGNORECASE)
BROWSER = re.compile(r"^(Mozilla|Opera)/[^+@]*(Windows NT|Macintosh|X11)[^+@]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the log."""

    at: datetime
    path: str
    status: str
    agent: str


def read(path=SAMPLE):
    """Return the well-formed lines and the numbers of the others."""
    good, bad = [], []
    with gzip.open(path, "rt", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            match = LINE.fullmatch(text)
            if match:
                good.append(_line(match))
            else:
                bad.append(number)
    return good, bad


def _line(match):
    at = datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
    return Line(at, match["target"].partition("?")[0], match["status"], match["agent"])


def per_hour(lines, start, end):
    """Count lines by hour; every hour from `start` to `end` is there, empty ones with zero."""
    counts = Counter(line.at.replace(minute=0, second=0) for line in lines)
    hours = int((end - start) / timedelta(hours=1))
    return {start + timedelta(hours=n): counts[start + timedelta(hours=n)] for n in range(hours)}
