"""Lists whose rows the domain acts on, and links from a row to the list of what belongs to it."""

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import ReadOnly


def listed(rows: type[Model], text: str, **wanted: object) -> str:
    """Return a link to the list of the rows that belong to another one."""
    page = reverse(f"admin:reports_{rows._meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', page, urlencode(wanted), text)


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
