"""A request's JSON while it is read: each field checked, every fault noted by its name."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from warehouse.exceptions import InvalidRequest
from warehouse.language.faults import Faults

MOST_NAMES = 20


class Body:
    """One request's body; what is wrong with it is in `faults`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        if not isinstance(given, Mapping):
            raise InvalidRequest("Send a JSON object.")
        self.faults = Faults()
        self.given = given

    def check_keys(self, known: Collection[str]) -> None:
        """Note every key that means nothing here."""
        for name in sorted(set(map(str, self.given)) - set(known)):
            self.faults.unknown(name, name, known)

    def names(
        self,
        key: str,
        find: Callable[[str], object],
        known: Collection[str],
        *,
        complete: bool = False,
    ) -> tuple[str, ...]:
        """Return a list of distinct known names; one name alone may stand without a list.

        They may be some twenty, or all there are where a `complete` list makes sense.
        """
        given = self.given.get(key)
        several = [given] if isinstance(given, str) else [] if given is None else given
        most = max(MOST_NAMES, len(known)) if complete else MOST_NAMES
        if not isinstance(several, list) or len(several) > most:
            self.faults.add(key, "invalid", f"Must be a list of at most {most} names.")
            return ()
        for index, name in enumerate(several):
            if not isinstance(name, str) or find(name) is None:
                self.faults.unknown(f"{key}[{index}]", name, known)
            elif name in several[:index]:
                self.faults.add(f"{key}[{index}]", "duplicate", f"{name} is there already.")
        return tuple(name for name in several if isinstance(name, str))

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """Return one of the known names, or None where none was given."""
        name = self.given.get(key)
        if name is None or (isinstance(name, str) and name in known):
            return name
        self.faults.unknown(key, name, known)
        return None

    def share(self, key: str) -> float:
        """Return a number above 0 and up to 1; absent is 1."""
        value = self.given.get(key)
        if value is None:
            return 1.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            self.faults.add(key, "invalid", "Must be a number above 0 and no greater than 1.")
            return 1.0
        return float(value)

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number between bounds."""
        value = self.given.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.faults.add(key, "invalid", f"Must be a whole number from {least} to {most}.")
            return default
        return value

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """Return true or false; absent is the default."""
        value = self.given.get(key)
        if value is not None and not isinstance(value, bool):
            self.faults.add(key, "invalid", "Must be true or false.")
        return value if isinstance(value, bool) else default
