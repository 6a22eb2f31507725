"""The addresses of erasures and exports, under `/api/v1`."""

from django.urls import path

from warehouse.custody.api.erasures import Erasure, Erasures
from warehouse.custody.api.exports import Download, Export, Exports

urlpatterns = [
    path("erasures", Erasures.as_view(), name="erasures"),
    path("erasures/<str:erasure_id>", Erasure.as_view(), name="erasure"),
    path("exports", Exports.as_view(), name="exports"),
    path("exports/<str:export_id>", Export.as_view(), name="export"),
    path("exports/<str:export_id>/download", Download.as_view(), name="export-download"),
]
