"""Sample views behind the real gateway."""

from django.http import HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from warehouse.clock import now
from warehouse.exceptions import LimitExceeded, SourceTimeout
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.models import IdempotencyRecord
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy.models import ApiKey

BODY = b'{"rows": [' + b",".join(b'["direct", %d]' % number for number in range(2000)) + b"]}"


class Echo(OrganizationView):
    """Says who asks, and gives back what it was sent."""

    scopes = {"GET": "reports:read", "POST": "reports:write"}

    def get(self, request):
        principal = self.principal
        return json_answer({"subject": principal.subject, "organization": principal.tenant.slug})

    def post(self, request):
        return Response({"data": request.data})


class Small(OrganizationView):
    """Takes ten bytes and writes XML by name only."""

    scopes = {"POST": None}
    body_limit = 10
    media_types = ("application/xml", "text/xml")

    def post(self, request):
        return HttpResponse(b"<ok/>", content_type="application/xml")


class Sized(OrganizationView):
    """Answers a long result with a strong entity tag."""

    scopes = {"GET": None}

    def get(self, request):
        return HttpResponse(BODY, content_type="application/json", headers={"ETag": '"abc"'})


class Streamed(OrganizationView):
    """Streams the same result in pieces."""

    scopes = {"GET": None}

    def get(self, request):
        pieces = (BODY[start : start + 1000] for start in range(0, len(BODY), 1000))
        return StreamingHttpResponse(pieces, content_type="text/csv", headers={"ETag": '"abc"'})


class Shape(serializers.Serializer):  # type: ignore[type-arg]
    """A body with a part in it."""

    name = serializers.CharField()
    steps = serializers.ListField(child=serializers.DictField(child=serializers.IntegerField()))


class Failing(OrganizationView):
    """Fails in the way asked for."""

    scopes = {"GET": None, "POST": None}

    def get(self, request):
        raise FAILURES[request.GET["how"]]

    def post(self, request):
        Shape(data=request.data).is_valid(raise_exception=True)
        return json_answer({})


class Counted(OrganizationView):
    """Leaves a key behind for each POST that has its effect."""

    scopes = {"POST": None}

    def post(self, request):
        name = request.data["name"]

        def effect():
            key = ApiKey.objects.create(
                organization_id=self.principal.tenant.id, name=name, digest=name
            )
            if name == "broken":
                raise LimitExceeded
            if request.data.get("plain"):
                return Response({"id": str(key.id)}, status=201)
            return json_answer({"id": str(key.id)}, 201, headers={"Location": f"/keys/{key.id}"})

        return once(request, self.principal, effect, now=now())


class Listed(OrganizationView):
    """Lists idempotency records in pages."""

    scopes = {"GET": None}

    def get(self, request):
        rows = IdempotencyRecord.objects.filter(organization_id=self.principal.tenant.id)
        return json_answer(page(request, rows, lambda shown: [row.key for row in shown]))


FAILURES = {
    "bug": ZeroDivisionError("the secret is 42"),
    "timeout": SourceTimeout(),
    "limit": LimitExceeded(retry_after=7),
    "throttled": Throttled(wait=3),
}

urlpatterns = [
    path("api/v1/echo", Echo.as_view()),
    path("api/v1/small", Small.as_view()),
    path("api/v1/sized", Sized.as_view()),
    path("api/v1/streamed", Streamed.as_view()),
    path("api/v1/failing", Failing.as_view()),
    path("api/v1/counted", Counted.as_view()),
    path("api/v1/listed", Listed.as_view()),
    path("api/v1/bare", lambda request: HttpResponseNotAllowed(["GET"])),
    path("page", lambda request: HttpResponse("<p>A page.</p>")),
    path("api/v1/", include("warehouse.gateway.urls")),
]

handler400 = "warehouse.gateway.errors.bad_request"
handler403 = "warehouse.gateway.errors.permission_denied"
handler404 = "warehouse.gateway.errors.page_not_found"
handler500 = "warehouse.gateway.errors.server_error"
