"""The fields of events and of the sessions they belong to: what each means and holds, as data."""

from dataclasses import dataclass

EVENT, SESSION, TIME = "event", "session", "time"
PROPERTY = "properties."
LONGEST_PROPERTY = 200


@dataclass(frozen=True, slots=True)
class Field:
    """Something an event has: its kind decides which values and operators make sense.

    `scope` says whose it is: the event's own, its session's (the same for all events of one), or
    read off the clock of the request's zone. Some fields can be filtered by but not grouped by.
    """

    name: str
    kind: str
    definition: str
    scope: str = EVENT
    dimension: bool = True


def _texts(**definitions: str) -> list[Field]:
    return [Field(name, "string", text) for name, text in definitions.items()]


_FIELDS = (
    *_texts(
        event_name="What happened, as the sender calls it.",
        event_id="The sender's id of the event.",
        visitor_id="Who: the sender's id, else a hash of address, agent and day.",
        session_id="The sender's id of the session.",
        click_id="The ad click that brought the visitor.",
        campaign_id="The campaign: `utm_campaign` or the sender's.",
        source="Where the visit came from: `utm_source`, the ad's network or the referring site.",
        medium="How: `utm_medium`, such as cpc, email or referral.",
        term="`utm_term`, the words searched for.",
        content="`utm_content`, which of several ads or links.",
        channel="The acquisition channel that source and medium amount to.",
        url="The whole address of the page.",
        hostname="The site of the page.",
        path="The page without site and query.",
        referrer="The whole address the visitor came from.",
        referrer_host="The site the visitor came from.",
        conversion_event="Which conversion the event is; absent for all others.",
        currency="In which currency the value was sent.",
        device_type="Desktop, mobile, tablet …",
        browser="The browser's name.",
        os="The operating system's name.",
        country="Two letters of the country.",
        region="The region within the country.",
        city="The city.",
        timezone="The visitor's time zone.",
        batch_id="The batch the event arrived in.",
        campaign_assignment="The retroactive campaign the event was assigned to.",
    ),
    Field("is_mobile", "boolean", "Whether the device is a phone or a tablet."),
    Field("is_bot", "boolean", "Whether the agent is a robot."),
    Field("enriched", "boolean", "Whether enrichment has seen the event."),
    Field("session_duration", "integer", "Seconds, as the sender gave them."),
    Field("fraud_score", "number", "0 (sound) to 100 (fraud)."),
    Field("quality_score", "number", "0 (poor) to 100 (good)."),
    Field("conversion_value", "decimal", "The event's value in the organization's currency."),
    Field("event_time", "time", "When it happened."),
    Field("conversion_time", "time", "When the conversion happened."),
    Field("enriched_at", "time", "When enrichment saw the event."),
    Field("received_at", "time", "When it arrived."),
    Field("fraud_flags", "list", "What makes the event suspicious.", dimension=False),
    Field("event_date", "date", "The day of the request's time zone.", TIME),
    Field("hour_of_day", "integer", "0 to 23, in the request's time zone.", TIME),
    Field("weekday", "integer", "1 (Monday) to 7 (Sunday), in the request's time zone.", TIME),
    Field("landing_page", "string", "The path of the session's first page.", SESSION),
    Field("exit_page", "string", "The path of the session's last page.", SESSION),
    Field("session_source", "string", "The source of the session's first event.", SESSION),
    Field("session_medium", "string", "The medium of the session's first event.", SESSION),
    Field("session_channel", "string", "The channel of the session's first event.", SESSION),
    Field("session_campaign_id", "string", "The campaign of the session's first event.", SESSION),
)
FIELDS: dict[str, Field] = {one.name: one for one in _FIELDS}
