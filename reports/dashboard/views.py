"""The start page and the login: each shapes a template's context and asks nothing of the engine."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports.address import socket_url
from warehouse.tenancy.models import Membership
from warehouse.tenancy.principal import ROLES

CHOSEN = "organization"


class Login(LoginView):
    """The login form; who is already logged in goes on to the start page."""

    template_name = "dashboard/login.html"
    redirect_authenticated_user = True


@require_safe
@never_cache
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Answer with the start page of the chosen organization, or say that there is none yet."""
    memberships = _memberships(cast("AbstractBaseUser", request.user))
    chosen = _chosen(request, memberships)
    context = {
        "memberships": memberships,
        "chosen": chosen,
        "may_submit": chosen is not None and "reports:write" in ROLES[chosen.role],
        "socket_url": socket_url(request),
    }
    template = "dashboard/start.html" if chosen else "dashboard/nowhere.html"
    return render(request, template, context)


def _memberships(user: AbstractBaseUser) -> list[Membership]:
    return list(
        Membership.objects.filter(user_id=user.pk, organization__suspended_at=None)
        .select_related("organization")
        .order_by("organization__name")
    )


def _chosen(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    """Return the membership named in the address, else the one of last time, else the first."""
    by_slug = {membership.organization.slug: membership for membership in memberships}
    named = request.GET.get(CHOSEN, "")
    if named in by_slug and request.session.get(CHOSEN) != named:
        request.session[CHOSEN] = named
    first = memberships[0] if memberships else None
    return by_slug.get(named) or by_slug.get(request.session.get(CHOSEN, "")) or first
