"""Collects every bad field of a request, so that the caller hears of all of them at once."""

import difflib
import json
from collections.abc import Collection, Iterable

from warehouse.exceptions import FieldError, InvalidRequest

MOST_FAULTS = 50
FEW = 20


class Faults:
    """The bad fields found so far."""

    def __init__(self) -> None:
        self._errors: list[FieldError] = []

    def add(self, field: str, code: str, detail: str) -> None:
        """Note that `field` is bad."""
        if not self.full:
            self._errors.append(FieldError(field, code, detail))

    def unknown(self, field: str, name: object, known: Collection[str], example: str = "") -> None:
        """Note that `field` names something unknown, with what may be meant.

        That is the nearest known names, or all where they are few, or else an example.
        """
        if self.full:  # looking for the nearest costs far more than reading the field did
            return
        hint = _hint(name, known) or (example and f' Write one such as "{example}".')
        self.add(field, "unknown", f"{shorten(name)} is not known here.{hint}")

    def take(self, others: "Faults") -> None:
        """Note what others have found as well."""
        for error in others._errors:
            self.add(error.field, error.code, error.detail)

    @property
    def full(self) -> bool:
        """Whether as many are noted as the caller is told of."""
        return len(self._errors) >= MOST_FAULTS

    def __bool__(self) -> bool:
        return bool(self._errors)

    def raise_any(self) -> None:
        """Raise InvalidRequest with everything noted, if anything was."""
        if self._errors:
            fields = ", ".join(dict.fromkeys(error.field for error in self._errors[:5]))
            raise InvalidRequest(f"Check {fields}.", errors=self._errors)


def _hint(name: object, known: Collection[str]) -> str:
    if near := nearest(name, known) if isinstance(name, str) else []:
        return f" Did you mean {' or '.join(near)}?"
    return f" There are {', '.join(sorted(known))}." if 0 < len(known) <= FEW else ""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that look like `name`, the nearest first."""
    return difflib.get_close_matches(name[:100], sorted(known), n=3, cutoff=0.6)


def shorten(value: object) -> str:
    """Show what was sent, texts quoted and all else as JSON, cut to a length fit for a message."""
    text = (
        repr(value)
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=repr)
    )
    return text if len(text) <= 80 else f"{text[:77]}…"
