"""Every address of the web door."""

from django.contrib import admin
from django.urls import include, path

from reports.api.root import Root

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1", Root.as_view(), name="api-root"),
    path("api/v1/", include("warehouse.gateway.urls")),
    path("api/v1/", include("reports.api.urls")),
    path("api/v1/", include("enrichment.api.urls")),
    path("api/v1/", include("discovery.api.urls")),
    path("api/v1/", include("warehouse.tenancy.api.urls")),
    path("api/v1/", include("warehouse.custody.api.urls")),
    path("", include("warehouse.ops.urls")),
    path("", include("reports.dashboard.urls")),
]

handler400 = "warehouse.gateway.errors.bad_request"
handler403 = "warehouse.gateway.errors.permission_denied"
handler404 = "warehouse.gateway.errors.page_not_found"
handler500 = "warehouse.gateway.errors.server_error"
