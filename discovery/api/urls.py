"""Where patterns and retroactive campaigns are asked for."""

from django.urls import URLPattern, path

from discovery.api import patterns

urlpatterns: list[URLPattern] = [
    path("patterns", patterns.Patterns.as_view(), name="patterns"),
    path("patterns/<str:pattern_id>", patterns.OnePattern.as_view(), name="pattern"),
    path("patterns/<str:pattern_id>/dismiss", patterns.Dismiss.as_view(), name="pattern-dismiss"),
    path("patterns/<str:pattern_id>/restore", patterns.Restore.as_view(), name="pattern-restore"),
]
