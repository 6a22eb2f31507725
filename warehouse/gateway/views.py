"""The base of every REST view: who is asking is settled before a handler runs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from warehouse.exceptions import AccessDenied, TooLarge, Unauthenticated
from warehouse.gateway import context, cors
from warehouse.gateway.answers import JSON
from warehouse.gateway.codec import JsonRenderer
from warehouse.gateway.negotiation import require_acceptable
from warehouse.limiting.counting import count_request
from warehouse.tenancy.principal import Principal

KIB = 1024
MIB = 1024 * KIB
METHODS = ("get", "post", "put", "patch", "delete")
RENDERER = JsonRenderer()
PUBLIC_REFUSAL = "A public key can only send events."


class JsonView(APIView):
    """A view that speaks JSON and asks nobody for a name."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    throttle_classes: Any = ()
    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    body_limit: ClassVar[int] = MIB

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what can be refused before the body is read, then read it whole.

        Whoever needs the bytes again, such as the idempotency guard, finds them kept.
        """
        require_acceptable(request.META.get("HTTP_ACCEPT", ""), self.media_types)
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > self.body_limit:
            raise TooLarge(f"A body may have at most {self.body_limit:,} bytes here.")
        if length:
            _ = request._request.body

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Render what a handler returns as JSON; `initial` has looked at `Accept`."""
        return RENDERER, JSON


def receive(principal: Principal, *, takes_public_keys: bool = False) -> None:
    """Note for whom a request works and count it; raises `LimitExceeded` and `AccessDenied`."""
    context.organization.set(principal.tenant.slug)
    count_request(principal)
    if principal.public and not takes_public_keys:
        raise AccessDenied(PUBLIC_REFUSAL)


class OrganizationView(JsonView):
    """A view for members and keys of one organization: `self.principal` says who and which.

    `scopes` names the scope each method needs, None for any caller of the organization. A public
    key, which anybody can read, is let in by a view that says so.
    """

    authentication_classes: Any = APIView.authentication_classes
    scopes: ClassVar[Mapping[str, str | None]] = {}
    takes_public_keys: ClassVar[bool] = False
    principal: Principal

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a view that forgets to say what a method of its own needs."""
        super().__init_subclass__(**kwargs)
        handlers = {name.upper() for name in METHODS if hasattr(cls, name)}
        if forgotten := handlers - set(cls.scopes):
            raise TypeError(f"{cls.__name__}.scopes lacks {', '.join(sorted(forgotten))}")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Settle who is asking, count it, and settle whether they may."""
        principal = request.auth
        if not isinstance(principal, Principal):
            raise Unauthenticated
        self.principal = principal
        cors.admit(request._request, principal)
        receive(principal, takes_public_keys=self.takes_public_keys)
        scope = self.scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if scope is not None:
            principal.require(scope)
        super().initial(request, *args, **kwargs)
