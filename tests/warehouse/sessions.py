"""What sessions are, in plain Python: whose events belong together, and what they amount to."""

from datetime import datetime, timedelta

GAP = timedelta(minutes=30)


class Part:
    """Some of a session's events, in order: all of them, or those that are no bot's."""

    def __init__(self, events):
        self.events = events

    @property
    def converted(self):
        return any(e["conversion_event"] for e in self.events)

    @property
    def bounced(self):
        return len(self.events) == 1 and not self.converted

    @property
    def duration_ms(self):
        said = max(e["session_duration"] for e in self.events)
        span = self.events[-1]["event_time"] - self.events[0]["event_time"]
        return said * 1000 if said else round(span / timedelta(milliseconds=1))

    def page(self, place):
        pages = [e["path"] for e in self.events if e["path"]]
        return pages[place] if pages else ""


class Session:
    """Events of one visitor without a gap, or under one id of their sender."""

    def __init__(self):
        self.events = []

    def part(self, bots):
        return Part([e for e in self.events if bots or not e["is_bot"]])


FIELDS = {
    "landing_page": lambda part: part.page(0),
    "exit_page": lambda part: part.page(-1),
    "session_source": lambda part: part.events[0]["source"],
    "session_medium": lambda part: part.events[0]["medium"],
    "session_channel": lambda part: part.events[0]["channel"],
    "session_campaign_id": lambda part: part.events[0]["campaign_id"],
}


def attach(events):
    """Give each event the session it belongs to."""
    latest: dict[tuple[bool, str], tuple[Session | None, datetime | None]] = {}
    for event in sorted(events, key=lambda one: (one["event_time"], one["received_at"])):
        sent = bool(event["session_id"])
        track = (sent, event["session_id"] or event["visitor_id"])
        session, last = latest.get(track, (None, None))
        if session is None or (not sent and event["event_time"] - last >= GAP):
            session = Session()
        session.events.append(event)
        event["session"] = session
        latest[track] = session, event["event_time"]
