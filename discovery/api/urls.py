"""Where patterns and retroactive campaigns are asked for."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
