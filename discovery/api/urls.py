"""Where patterns and retroactive campaigns are asked for."""

from django.urls import URLPattern, path

from discovery.api import campaigns, patterns

urlpatterns: list[URLPattern] = [
    path("campaigns", campaigns.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<str:campaign_id>", campaigns.OneCampaign.as_view(), name="campaign"),
    path("campaigns/<str:campaign_id>/preview", campaigns.Preview.as_view()),
    path("campaigns/<str:campaign_id>/apply", campaigns.Apply.as_view()),
    path("campaigns/<str:campaign_id>/undo", campaigns.Undo.as_view()),
    path("patterns", patterns.Patterns.as_view(), name="patterns"),
    path("patterns/<str:pattern_id>", patterns.OnePattern.as_view(), name="pattern"),
    path("patterns/<str:pattern_id>/dismiss", patterns.Dismiss.as_view(), name="pattern-dismiss"),
    path("patterns/<str:pattern_id>/restore", patterns.Restore.as_view(), name="pattern-restore"),
]
