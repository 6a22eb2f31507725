"""The page behind an invitation's link: join with the account of its address, or make one.

The token goes from the address into the session as its digest at once, so that it stands in no
history, log or referrer of the page itself.
"""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model, login
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reports.dashboard.views import CHOSEN
from warehouse.clock import now
from warehouse.exceptions import WarehouseError
from warehouse.tenancy import invitations, keys
from warehouse.tenancy.models import Invitation

KEPT = "invitation"
BACKEND = "warehouse.gateway.logins.LimitedBackend"


class Password(forms.Form):
    """The password of a new account, twice."""

    password = forms.CharField(strip=False, max_length=1000)
    repeated = forms.CharField(strip=False, max_length=1000)

    def __init__(self, *args: Any, email: str) -> None:
        super().__init__(*args)
        self._email = email

    def clean_password(self) -> str:
        """Refuse what is easily guessed."""
        password: str = self.cleaned_data["password"]
        validate_password(password, get_user_model()(username=self._email, email=self._email))
        return password

    def clean(self) -> None:
        """Refuse what is not the same twice."""
        super().clean()
        given = self.cleaned_data
        if "password" in given and given["password"] != given.get("repeated"):
            self.add_error("repeated", "The two passwords differ.")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    """Show an invitation, and accept it; one that opens nothing says why."""
    if "token" in request.GET:
        request.session[KEPT] = keys.digest(request.GET["token"])
        return redirect("invitation")
    digest = str(request.session.get(KEPT, ""))
    try:
        offered = invitations.opened(digest, now=now())
        if request.method == "POST":
            return _accept(request, digest, offered)
    except WarehouseError as refusal:
        context = {"refusal": refusal}
        return render(request, "dashboard/uninvited.html", context, status=refusal.status)
    return _show(request, offered, Password(email=offered.email))


def _accept(request: HttpRequest, digest: str, offered: Invitation) -> HttpResponse:
    if request.user.is_authenticated:
        invitations.accept(digest, request.user, now=now())
    else:
        form = Password(request.POST, email=offered.email)
        if not form.is_valid():
            return _show(request, offered, form, status=400)
        password = form.cleaned_data["password"]
        login(request, invitations.enrol(digest, password=password, now=now()), BACKEND)
    del request.session[KEPT]
    request.session[CHOSEN] = offered.organization.slug
    return redirect("start")


def _show(
    request: HttpRequest, offered: Invitation, form: Password, status: int = 200
) -> HttpResponse:
    context = {
        "invitation": offered,
        "form": form,
        "fits": invitations.is_for(offered, request.user) if _known(request) else None,
        "has_account": invitations.has_account(offered.email),
    }
    return render(request, "dashboard/invitation.html", context, status=status)


def _known(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)
