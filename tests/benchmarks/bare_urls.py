"""One bare Django REST framework view."""

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class Bare(APIView):
    """Answers nothing, to everybody."""

    def get(self, request):
        """Answer an empty document."""
        return Response({})

    def post(self, request):
        """Answer an empty document to a body that was read."""
        return Response({} if request.data else None)


urlpatterns = [path("empty", Bare.as_view())]
