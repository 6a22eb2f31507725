"""Forms whose row the domain makes: it keeps the rules, and what it refuses stands in the form."""

from typing import Any, TypeVar, cast

from django import forms
from django.http import HttpRequest

from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import actor_of
from warehouse.tenancy.audit import Actor

Form = TypeVar("Form", bound="MadeByDomain")


class MadeByDomain(forms.ModelForm):  # type: ignore[type-arg]
    """A form that is valid once the domain has done what it asks for; `made` is the row then."""

    actor: Actor
    made: Any = None

    def make(self) -> Any:
        """Have the row made and return it; raises `WarehouseError`."""
        raise NotImplementedError

    def full_clean(self) -> None:
        """Have what makes sense done, once; a refusal is an error of its field or the form."""
        if self.made is not None:
            return
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        try:
            self.made = self.make()
        except WarehouseError as refusal:
            self._say(refusal)

    def _say(self, refusal: WarehouseError) -> None:
        for one in refusal.errors:
            if one.field in self.fields:
                self.add_error(one.field, one.detail)
            else:
                self.add_error(None, f"{one.field}: {one.detail}")
        if not refusal.errors:
            self.add_error(None, refusal.detail)

    def save(self, commit: bool = True) -> Any:
        """Return the row, which is saved already."""
        return self.made

    def save_m2m(self) -> None:
        """Do nothing: there is nothing besides the row."""


def filled_in(form: type[Form], request: HttpRequest) -> type[Form]:
    """Return the form as the logged-in person fills it in."""
    return cast("type[Form]", type(form.__name__, (form,), {"actor": actor_of(request)}))
