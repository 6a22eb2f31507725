"""`/catalog`: what questions may be made of."""

import functools
import hashlib
from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports.api import answers, documents
from warehouse.gateway.answers import dump
from warehouse.gateway.views import OrganizationView
from warehouse.planner import offer


class Catalog(OrganizationView):
    """Tells metrics, dimensions, tables and the rules between them; the same to everybody."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read"}

    @documents.catalog()
    def get(self, request: Request) -> HttpResponse:
        """Answer with the catalog, or with 304."""
        return answers.result(request._request, *_body())


@functools.cache
def _body() -> tuple[bytes, str]:
    body = dump(offer.describe())
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
