"""`/exports`: an archive of everything the organization owns, to download for some days."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from warehouse.clock import now
from warehouse.custody import orders, representation, shelf
from warehouse.custody.api import bodies, documents
from warehouse.custody.api.erasures import ADMIN, accepted
from warehouse.custody.models import Errand
from warehouse.exceptions import Gone, SourceUnavailable
from warehouse.gateway.answers import json_answer
from warehouse.gateway.downloads import Downloads
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

ZIP = "application/zip"
DOWNLOADS = 8
RETRY_SECONDS = 10
READ = "reports:read"
"""An archive tells what reports tell, so whoever gets one must be allowed to read them as well."""
_downloads = Downloads(
    DOWNLOADS,
    refusal=f"{DOWNLOADS} archives are downloaded now; try again.",
    retry_after=RETRY_SECONDS,
)


class Exports(OrganizationView):
    """Asks for exports and lists them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN, "POST": ADMIN}

    @documents.list_exports()
    def get(self, request: Request) -> HttpResponse:
        """List the organization's exports, newest first."""
        found = orders.of(self.principal, takeouts=True)
        return json_answer(
            page(request, found, lambda rows: [representation.takeout(one) for one in rows])
        )

    @documents.export()
    def post(self, request: Request) -> HttpResponse:
        """Have everything that the organization owns written to an archive."""
        self.principal.require(READ)
        bodies.empty(request)
        return once(request, self.principal, self._ask, now=now())

    def _ask(self) -> HttpResponse:
        organization = Organization.objects.get(pk=self.principal.tenant.id)
        errand = orders.take_out(organization, actor=Actor.of(self.principal), now=now())
        return accepted(representation.takeout(errand))


class Export(OrganizationView):
    """Shows an export."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN}

    @documents.show_export()
    def get(self, request: Request, export_id: str) -> HttpResponse:
        """Answer with the export as it stands."""
        return json_answer(representation.takeout(orders.takeout(export_id, self.principal)))


class Download(OrganizationView):
    """Streams the archive of an export."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN}
    media_types: ClassVar[tuple[str, ...]] = (ZIP,)

    @documents.download_export()
    def get(self, request: Request, export_id: str) -> HttpResponseBase:
        """Answer with the archive, until it expires."""
        self.principal.require(READ)
        errand = orders.takeout(export_id, self.principal)
        orders.downloadable(errand, now=now())
        answer: HttpResponseBase
        if request.method == "HEAD":
            answer = HttpResponse()
        else:
            answer = StreamingHttpResponse(_archive(errand))
            self._record(errand)
        for name, value in _headers(errand).items():
            answer[name] = value
        return answer

    def _record(self, errand: Errand) -> None:
        audit.record(
            "takeout.downloaded",
            actor=Actor.of(self.principal),
            organization=Organization.objects.get(pk=errand.organization_id),
            now=now(),
            target=str(errand.pk),
        )


def _headers(errand: Errand) -> dict[str, str]:
    return {
        "Content-Type": ZIP,
        "Content-Length": str(errand.file_bytes),
        "Content-Disposition": f'attachment; filename="{errand.organization_slug}-export.zip"',
        "ETag": f'"{errand.file_sha256[:32]}"',
        "X-Content-SHA256": errand.file_sha256,
        "Cache-Control": "private, no-store",
    }


def _archive(errand: Errand) -> Iterator[bytes]:
    """Open the archive in one of the process's places for downloads, or refuse."""
    whole: Any = partial(shelf.shelf().stream, errand.file_name, 0, errand.file_bytes or 0)
    try:
        return _downloads.stream(whole)
    except FileNotFoundError as error:
        raise Gone("The archive has expired; ask for another one.") from error
    except OSError as error:
        raise SourceUnavailable("The archive cannot be read now.") from error
