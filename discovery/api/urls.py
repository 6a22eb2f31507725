"""Where patterns and retroactive campaigns are asked for."""

from django.urls import URLPattern, path

from discovery.api import campaigns

urlpatterns: list[URLPattern] = [
    path("campaigns", campaigns.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<str:campaign_id>", campaigns.OneCampaign.as_view(), name="campaign"),
    path("campaigns/<str:campaign_id>/preview", campaigns.Preview.as_view()),
    path("campaigns/<str:campaign_id>/apply", campaigns.Apply.as_view()),
    path("campaigns/<str:campaign_id>/undo", campaigns.Undo.as_view()),
]
