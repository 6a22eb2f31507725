"""An empty view behind the product's whole gateway: its authentication, errors and headers."""

from typing import ClassVar

from rest_framework.response import Response

from warehouse.gateway.views import OrganizationView


class Empty(OrganizationView):
    """Answers nothing, to those who may read reports."""

    scopes: ClassVar = {"GET": "reports:read", "POST": "reports:read"}

    def get(self, request):
        """Answer an empty document."""
        return Response({})

    def post(self, request):
        """Answer an empty document to a body that was read."""
        return Response({} if request.data else None)
