"""The shapes of the intake's requests and answers, for the OpenAPI document only."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "format": "decimal"}]})
class Amount(serializers.DecimalField):
    """An amount of money: a number, or a decimal string where binary fractions will not do."""


class EventSchema(serializers.Serializer[object]):
    """One event; only its name is required."""

    event_name = serializers.CharField(max_length=64, help_text="Such as page_view or purchase.")
    event_time = serializers.DateTimeField(required=False, help_text="Default: now.")
    event_id = serializers.CharField(
        max_length=64, required=False, help_text="A repeat within 24 hours is dropped."
    )
    visitor_id = serializers.CharField(max_length=256, required=False)
    session_id = serializers.CharField(max_length=256, required=False)
    click_id = serializers.CharField(max_length=512, required=False)
    campaign_id = serializers.CharField(max_length=256, required=False)
    source = serializers.CharField(max_length=256, required=False)  # type: ignore[assignment]
    medium = serializers.CharField(max_length=256, required=False)
    term = serializers.CharField(max_length=512, required=False)
    content = serializers.CharField(max_length=512, required=False)
    channel = serializers.CharField(max_length=64, required=False)
    url = serializers.CharField(max_length=8192, required=False)
    referrer = serializers.CharField(max_length=8192, required=False)
    ip = serializers.IPAddressField(
        required=False, help_text="For enrichment; not stored unless the organization opts in."
    )
    user_agent = serializers.CharField(max_length=8192, required=False)
    page_views = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    session_duration = serializers.IntegerField(min_value=0, required=False, help_text="Seconds.")
    bounce_rate = serializers.FloatField(min_value=0, max_value=1, required=False)
    conversion_event = serializers.CharField(max_length=64, required=False)
    conversion_value = Amount(max_digits=18, decimal_places=4, required=False)
    conversion_time = serializers.DateTimeField(required=False)
    currency = serializers.CharField(max_length=3, required=False, help_text="ISO 4217.")
    properties = serializers.DictField(required=False, help_text="A flat map of plain values.")


class EventsSchema(serializers.Serializer[object]):
    """Events in an envelope; a bare array of them is taken too."""

    events = EventSchema(many=True)


class EventErrorSchema(serializers.Serializer[object]):
    """What is wrong with one field of one event."""

    index = serializers.IntegerField(help_text="The event's place in the request, from 0.")
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class AcceptedSchema(serializers.Serializer[object]):
    """What became of the events of a request."""

    batch_id = serializers.UUIDField(allow_null=True, help_text="Null where no event was good.")
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = EventErrorSchema(many=True)  # type: ignore[assignment]


class BatchSchema(serializers.Serializer[object]):
    """What became of a batch."""

    batch_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["pending", "stored", "rejected"])
    events = serializers.IntegerField()
    repeats = serializers.IntegerField(help_text="Events dropped because their id was known.")
    received_at = serializers.DateTimeField()
    stored_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


EVENTS_EXAMPLES = [
    OpenApiExample(
        "A page view and a purchase",
        request_only=True,
        media_type="application/json",
        value={
            "events": [
                {
                    "event_name": "page_view",
                    "event_id": "5f0c1d",
                    "visitor_id": "v-1",
                    "url": "https://shop.example/?utm_source=newsletter&utm_medium=email",
                },
                {
                    "event_name": "purchase",
                    "visitor_id": "v-1",
                    "conversion_value": 49.9,
                    "currency": "USD",
                    "properties": {"plan": "pro"},
                },
            ]
        },
    )
]
