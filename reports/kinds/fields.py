"""Bad fields of a request: unknown ones with the nearest known names, and paths renamed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from warehouse.exceptions import FieldError, InvalidRequest
from warehouse.language.faults import MOST_FAULTS, nearest


def unknown(
    names: Iterable[object], known: Sequence[str], *, what: str = "field", at: str | None = None
) -> list[FieldError]:
    """Return one error for each of `names` that is not `known`, naming the nearest that are.

    The error is about the field of that name itself, or about the field `at`. Beyond a bound the
    others are passed over: nobody mends so many from one answer.
    """
    strange = islice((str(name)[:100] for name in names if name not in known), MOST_FAULTS)
    return [FieldError(at or name, "unknown", _advice(name, known, what)) for name in strange]


def rename(errors: Iterable[FieldError], names: Mapping[str, str]) -> list[FieldError]:
    """Return `errors` with the beginnings of their paths exchanged as `names` says."""
    return [replace(error, field=_renamed(error.field, names)) for error in errors]


def invalid(errors: Sequence[FieldError]) -> InvalidRequest:
    """Return the refusal that carries `errors`, its detail counting them."""
    count = "1 field is" if len(errors) == 1 else f"{len(errors)} fields are"
    return InvalidRequest(f"{count} not valid; see `errors`.", errors=errors[:MOST_FAULTS])


def _advice(name: str, known: Sequence[str], what: str) -> str:
    near = nearest(name, known)
    if near:
        return f"There is no {what} of this name; did you mean {' or '.join(near)}?"
    return f"There is no {what} of this name; there are {', '.join(known)}."


def _renamed(path: str, names: Mapping[str, str]) -> str:
    for old in sorted(names, key=len, reverse=True):
        if re.match(rf"{re.escape(old)}(?=$|[.\[])", path):
            return names[old] + path[len(old) :]
    return path
