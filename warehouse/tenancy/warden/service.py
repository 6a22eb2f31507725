"""The Warden service over this system's own database: what each call answers."""

import logging
import uuid
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import grpc
from django.db import Error as DatabaseFault
from django.db import connection

from warehouse.clock import now
from warehouse.exceptions import NotFound, Unauthenticated, WarehouseError
from warehouse.gateway import context as request_context
from warehouse.tenancy.models import Organization
from warehouse.tenancy.usage import USAGE
from warehouse.tenancy.warden import local, messages
from warehouse.tenancy.warden import warden_pb2 as pb
from warehouse.tenancy.warden.client import REQUEST_ID
from warehouse.tenancy.warden.warden_pb2_grpc import WardenServicer

log = logging.getLogger(__name__)
CODES = {
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    NotFound: grpc.StatusCode.NOT_FOUND,
}
Answer = TypeVar("Answer")


class Service(WardenServicer):
    """Answers from the database at once and remembers nothing: whoever asks does."""

    def Authenticate(  # noqa: N802
        self, request: pb.AuthenticateRequest, context: grpc.ServicerContext
    ) -> pb.Principal:
        """Tell whose a token is."""
        return _answered(context, lambda: _vouch(request.token))

    def GetOrganization(  # noqa: N802
        self, request: pb.GetOrganizationRequest, context: grpc.ServicerContext
    ) -> pb.Organization:
        """Tell how an organization wants to be served."""
        return _answered(context, lambda: _describe(request.id))


def _vouch(token: str) -> pb.Principal:
    instant = now()
    key = local.find(token, instant)
    USAGE.note(str(key.id), instant)
    return messages.write_key(key)


def _describe(identity: str) -> pb.Organization:
    try:
        row = Organization.objects.filter(pk=uuid.UUID(identity)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("No organization has that id.")
    return messages.write_organization(row)


def _answered(context: grpc.ServicerContext, answer: Callable[[], Answer]) -> Answer:
    """Return an answer, or end the call with the code that says why there is none."""
    metadata: Any = context.invocation_metadata()
    offered = dict(metadata).get(REQUEST_ID, "")
    request_context.request_id.set(request_context.take_request_id(str(offered)))
    try:
        return answer()
    except WarehouseError as exc:
        _refuse(context, CODES.get(type(exc), grpc.StatusCode.INTERNAL), exc.detail)
    except DatabaseFault as exc:
        connection.close()  # it may have died, and the next call shall not find it so
        log.warning("the database does not answer (%s)", type(exc).__name__)
        _refuse(context, grpc.StatusCode.UNAVAILABLE, "The database does not answer.")
    except Exception:  # the outermost door: the caller hears a code and no more
        log.exception("a call could not be answered")
        _refuse(context, grpc.StatusCode.INTERNAL, "It has been logged.")


def _refuse(context: grpc.ServicerContext, code: grpc.StatusCode, detail: str) -> NoReturn:
    log.info("refused with %s", code.name)
    context.abort(code, detail)
    raise AssertionError("abort raises")
