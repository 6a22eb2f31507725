"""Passwords, checked as Django does, but not for whoever guesses: failures are counted first.

An attempt is counted before its password is looked at, so that many at once do not slip through,
and forgiven when it was right.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from warehouse.limiting.counting import count_login, forgive_login
from warehouse.tenancy.audit import came_from


class LimitedBackend(ModelBackend):
    """Django's own accounts; every door that asks for a password goes through here."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the user, or None for a wrong password; raises `LimitExceeded`."""
        account, address = str(username or ""), came_from.get().ip
        count_login(account, address)
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            forgive_login(account, address)
        return user
