"""Forms whose row the domain makes: every refusal is said, and no row is made twice."""

import pytest

from warehouse.exceptions import Conflict, FieldError, InvalidRequest
from warehouse.tenancy.admin.made import MadeByDomain
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db


class Form(MadeByDomain):
    """A form that refuses what it is given, or counts how often it was asked."""

    refusal: Exception | None = None
    asked = 0

    class Meta:
        model = Organization
        fields = ("name", "currency")

    def make(self):
        self.asked += 1
        if self.refusal:
            raise self.refusal
        return self.instance


def filled(refusal=None):
    form = Form({"name": "Acme", "currency": "EUR"})
    form.refusal = refusal
    return form


def test_every_refusal_is_said_where_it_belongs():
    form = filled(
        InvalidRequest(
            "No.",
            errors=[
                FieldError("name", "invalid", "Too short."),
                FieldError("currency", "invalid", "Unknown."),
                FieldError("name", "invalid", "Too plain."),
                FieldError("colour", "invalid", "Must be blue."),
            ],
        )
    )
    assert form.errors == {
        "name": ["Too short.", "Too plain."],
        "currency": ["Unknown."],
        "__all__": ["colour: Must be blue."],
    }


def test_a_refusal_of_no_field_is_said_of_the_form():
    assert filled(Conflict("There are too many.")).errors == {"__all__": ["There are too many."]}


def test_a_row_is_made_once():
    form = filled()
    assert form.is_valid()
    form.full_clean()
    assert form.asked == 1
    assert form.is_valid()
    assert form.save() is form.made
