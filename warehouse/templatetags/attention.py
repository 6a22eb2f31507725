"""The notes for the operator, for the admin's first page."""

from django import template

from warehouse import attention
from warehouse.clock import now

register = template.Library()


@register.simple_tag
def notes() -> list[attention.Note]:
    """Return what the operator should look at first."""
    return attention.notes(now())
