"""The product's addresses and one more: an empty view behind the same gateway."""

from django.urls import path

from tests.benchmarks.views import Empty
from warehouse.urls import urlpatterns as product

urlpatterns = [path("api/v1/benchmark/empty", Empty.as_view()), *product]
