"""Which of its organizations a caller means."""

from collections.abc import Mapping
from typing import TypeVar

from warehouse.exceptions import AccessDenied, FieldError, InvalidRequest

Place = TypeVar("Place")
FOREIGN = "This token does not belong to the organization named."
SUSPENDED = "This organization is suspended."


def choose(places: Mapping[str, Place], named: str | None, *, foreign: str = FOREIGN) -> Place:
    """Return the place of the slug `named`, or the only one there is.

    Raises `AccessDenied`, saying `foreign`, when the caller does not belong there or nowhere, and
    `InvalidRequest` when it belongs to several and named none.
    """
    if named:
        if named not in places:
            raise AccessDenied(foreign)
        return places[named]
    if len(places) > 1:
        slugs = ", ".join(sorted(places))
        detail = f"You belong to several organizations; name one of: {slugs}."
        raise InvalidRequest(detail, errors=[FieldError("X-Organization", "required", detail)])
    for place in places.values():
        return place
    raise AccessDenied(foreign)
