"""A finished piece of SQL: its text, and every value in it as a bound, typed parameter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DATABASE = "trellis"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose values stand as `{name:Type}` and travel beside it in `parameters`.

    A reader is shown rows of its `owners`, ids of organizations, alone, whatever the text asks for:
    one that names nobody reads nobody's rows.
    """

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
