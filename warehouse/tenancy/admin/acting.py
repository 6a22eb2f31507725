"""Lists whose rows the domain acts on."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import ReadOnly


class Acting(ReadOnly):
    """A page whose actions are done to each chosen row by the domain, which audits them."""

    heading: ClassVar[str]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Call the list what it is: nothing is changed by picking a row."""
        return super().changelist_view(request, {"title": self.heading, **(extra_context or {})})

    def do(
        self, request: HttpRequest, chosen: QuerySet[Any], done: str, act: Callable[[Any], object]
    ) -> None:
        """Do `act` to each row and say to how many it was done, and why not to others."""
        count = 0
        for row in chosen:
            try:
                act(row)
            except WarehouseError as error:
                self.message_user(request, f"{row}: {error.detail}", level="warning")
                continue
            count += 1
            self.note(request, row, f"{done}.")
        self.message_user(request, f"{done} {count} of {len(chosen)}.")
