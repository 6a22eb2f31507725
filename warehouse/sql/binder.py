"""Collects the values of a statement while its text is written."""

from typing import Any


class Binder:
    """Hands out a placeholder for each value; no value ever enters the text."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self._known: dict[tuple[str, str], str] = {}

    def bind(self, value: Any, kind: str) -> str:
        """Return the placeholder of `value`, which ClickHouse reads as `kind`.

        Equal values share one, so the same expression always has the same text.
        """
        identity = kind, repr(value)
        if identity not in self._known:
            name = f"p{len(self._known)}"
            self._known[identity] = f"{{{name}:{kind}}}"
            self.parameters[name] = value
        return self._known[identity]
