"""Where the API describes itself."""

from django.urls import path

from warehouse.gateway.openapi import docs, schema

urlpatterns = [
    path("schema", schema, name="schema"),
    path("docs", docs, name="docs"),
]
