"""Links from a row to the list of what belongs to it."""

from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html


def listed(rows: type[Model], text: str, **wanted: object) -> str:
    """Return a link to the list of the rows that belong to another one."""
    page = reverse(f"admin:reports_{rows._meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', page, urlencode(wanted), text)
