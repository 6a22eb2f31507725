"""Where operators look; outside the API, so no token is asked for and no tenant is named."""

from django.urls import path

from warehouse.ops import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.figures, name="metrics"),
]
