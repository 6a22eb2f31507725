"""Where the pages are."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from reports.dashboard.invitations import invitation
from reports.dashboard.views import Login, start

urlpatterns = [
    path("", start, name="start"),
    path("invitation", invitation, name="invitation"),
    path("login", Login.as_view(), name="login"),
    path("logout", LogoutView.as_view(next_page="login"), name="logout"),
]
