"""Where the analytics copy lies, as a URL says it: a project, a dataset, a place on earth."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

FORM = "bigquery://PROJECT/DATASET?location=EU"
PROJECT = re.compile(r"[a-z][a-z0-9-]{4,61}[a-z0-9]")
NAME = re.compile(r"[A-Za-z0-9_]{1,200}")
LOCATION = re.compile(r"[A-Za-z0-9-]{1,40}")


class BadDataset(ValueError):
    """The URL cannot be used; the message says why, and goes on from the setting's name."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of BigQuery; its parts are names and hold nothing that could end a quotation."""

    project: str
    name: str
    location: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Read `bigquery://PROJECT/DATASET?location=EU`; raises `BadDataset`, without the URL."""
        parts = urlsplit(url)
        name = parts.path.removeprefix("/")
        if parts.scheme != "bigquery" or not PROJECT.fullmatch(parts.netloc):
            raise BadDataset(f"must look like {FORM}")
        if not NAME.fullmatch(name) or parts.fragment:
            raise BadDataset(f"must look like {FORM}")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        location = given.pop("location", "EU")
        if given or not LOCATION.fullmatch(location):
            raise BadDataset(f"must look like {FORM}, with nothing else behind the question mark")
        return cls(parts.netloc, name, location)

    def __str__(self) -> str:
        return f"{self.project}.{self.name}"
