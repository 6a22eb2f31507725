"""What an answer must be, worked out from the events by plain and slow Python."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.warehouse import sessions
from tests.warehouse.conditions import havings, holds, wheres

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = {
    "source": "", "medium": "", "channel": "", "campaign_id": "", "path": "", "hostname": "",
    "country": "", "event_name": "", "session_id": "", "visitor_id": "", "click_id": "",
    "conversion_event": "", "conversion_value": Decimal(0), "page_views": 0, "is_bot": 0,
    "session_duration": 0, "fraud_score": 0.0, "quality_score": 100.0, "properties": {},
}  # fmt: skip
CLOCK = ("minute", "hour")
MONDAY = {"monday": 0, "sunday": 6}


class Question:
    """A body with the defaults that matter here, about one zone."""

    def __init__(self, body, zone):
        self.body, self.zone = body, ZoneInfo(zone)
        self.granularity = body.get("granularity")
        self.dimensions = body["dimensions"]
        self.bots = body.get("include_bots", False)
        self.week_start = body.get("week_start", "monday")


def answer(events, body, zone, window, previous=None):
    """Return the rows, unlimited and in no order, that `body` asks for."""
    asked = Question(body, zone)
    every = [COLUMNS | event for event in events]
    sessions.attach(every)
    groups = grouped(every, asked, window)
    before = {}
    if previous:
        moved = dict(zip(buckets_of(previous, asked), buckets_of(window, asked), strict=False))
        for key, members in grouped(every, asked, previous).items():
            if asked.granularity:
                if key[0] not in moved:
                    continue
                key = (moved[key[0]], *key[1:])
            before[key] = members
    if asked.granularity and not asked.dimensions:
        groups |= {(one,): groups.get((one,), []) for one in buckets_of(window, asked)}
    rows = []
    for key in dict.fromkeys((*groups, *before)):
        figures = {name: METRICS[name](groups.get(key, []), asked.bots) for name in METRICS}
        if all(holds(one, figures, dict.__getitem__) for one in havings(body)):
            both = groups.get(key, []), before.get(key, [])
            rows.append((*key, *cells(figures, *both, asked, bool(previous))))
    return rows


def totals(events, body, zone, window):
    """Return the metrics of everything that `body` asks about."""
    plain = body | {"dimensions": [], "filters": wheres(body)}
    plain.pop("granularity", None)
    return answer(events, plain, zone, window)[0]


def cells(figures, events, before, asked, compared):
    for name in asked.body["metrics"]:
        yield figures[name]
        if compared:
            yield METRICS[name](before, asked.bots)
            yield changed(EXACTLY[name](events, asked.bots), EXACTLY[name](before, asked.bots))


def changed(now, before):
    if now is None or not before:
        return None
    return rounded((float(now) - float(before)) / abs(float(before)))


def grouped(events, asked, window):
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for event in events:
        inside = window.start <= event["event_time"] < window.end
        if not inside or (event["is_bot"] and not asked.bots):
            continue
        if all(holds(one, (event, asked), value_of) for one in wheres(asked.body)):
            groups.setdefault(group_of(event, asked), []).append(event)
    if not asked.dimensions and not asked.granularity:
        groups.setdefault((), [])
    return groups


def ratio(over, under, divisor=1):
    def value(events, bots):
        below = under(events, bots)
        return float(over(events, bots)) / (below * divisor) if below else None

    return value


def count(test):
    return lambda events, _: sum(map(test, events))


def distinct(name, test=lambda _: True):
    return lambda events, _: len({e[name] for e in events if e[name] and test(e)})


def of_sessions(figure):
    def value(events, bots):
        found = {id(e["session"]): e["session"] for e in events}
        return sum(figure(one.part(bots)) for one in found.values())

    return value


def points(name):
    return lambda events, _: sum(round(e[name] * 10_000) for e in events)


def converts(event):
    return event["conversion_event"] != ""


events_ = count(lambda _: 1)
views = count(lambda e: e["page_views"])
visitors = distinct("visitor_id")
converters = distinct("visitor_id", converts)
visits = of_sessions(lambda part: 1)
bounces = of_sessions(lambda part: part.bounced)
engaged = of_sessions(lambda part: not part.bounced)
conversions = count(converts)
revenue = lambda events, _: sum((e["conversion_value"] for e in events), Decimal(0))  # noqa: E731
frauds = count(lambda e: e["fraud_score"] >= 80)
EXACTLY = {
    "events": events_,
    "visitors": visitors,
    "sessions": visits,
    "page_views": views,
    "clicks": count(lambda e: e["event_name"] == "click"),
    "unique_clicks": distinct("click_id"),
    "conversions": conversions,
    "converting_visitors": converters,
    "revenue": revenue,
    "conversion_rate": ratio(converters, visitors),
    "session_conversion_rate": ratio(of_sessions(lambda part: part.converted), visits),
    "avg_order_value": ratio(revenue, conversions),
    "revenue_per_visitor": ratio(revenue, visitors),
    "revenue_per_session": ratio(revenue, visits),
    "pages_per_session": ratio(views, visits),
    "events_per_session": ratio(events_, visits),
    "page_views_per_visitor": ratio(views, visitors),
    "sessions_per_visitor": ratio(visits, visitors),
    "bounces": bounces,
    "engaged_sessions": engaged,
    "bounce_rate": ratio(bounces, visits),
    "engagement_rate": ratio(engaged, visits),
    "avg_session_duration": ratio(of_sessions(lambda part: part.duration_ms), visits, 1000),
    "fraud_rate": ratio(frauds, events_),
    "avg_fraud_score": ratio(points("fraud_score"), events_, 10_000),
    "avg_quality_score": ratio(points("quality_score"), events_, 10_000),
}


def shown(figure):
    """A ratio is shown, and compared by filters, at four places as the event store rounds."""

    def value(events, bots):
        found = figure(events, bots)
        return rounded(found) if isinstance(found, float) else found

    return value


def rounded(number):
    return round(number * 10_000) / 10_000


METRICS = {name: shown(figure) for name, figure in EXACTLY.items()}


def value_of(subject, name):
    event, asked = subject
    if name in TIMES:
        return TIMES[name](event["event_time"], asked)
    if name in sessions.FIELDS:
        found = sessions.FIELDS[name](event["session"].part(asked.bots))
    elif name.startswith("properties."):
        found = event["properties"].get(name.removeprefix("properties."), "")
    else:
        found = event[name]
    return None if found == "" else found


TIMES = {
    "event_date": lambda moment, asked: moment.astimezone(asked.zone).date().isoformat(),
    "hour_of_day": lambda moment, asked: moment.astimezone(asked.zone).hour,
    "weekday": lambda moment, asked: moment.astimezone(asked.zone).isoweekday(),
}


def group_of(event, asked):
    key = [value_of((event, asked), name) for name in asked.dimensions]
    key = [bool(v) if n == "is_bot" else v for n, v in zip(asked.dimensions, key, strict=True)]
    if asked.granularity:
        key.insert(0, bucket_of(event["event_time"], asked))
    return tuple(key)


def bucket_of(moment, asked):
    if asked.granularity in CLOCK:
        minute = moment.replace(second=0, microsecond=0)
        return clock_bucket(minute, asked.zone, asked.granularity).isoformat()
    day = moment.astimezone(asked.zone).date()
    if asked.granularity == "week":
        return (day - timedelta(days=(day.weekday() - MONDAY[asked.week_start]) % 7)).isoformat()
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(asked.granularity, 1)
    return (day if asked.granularity == "day" else day.replace(month=month, day=1)).isoformat()


@lru_cache(maxsize=200_000)
def clock_bucket(minute, zone, granularity):
    """Return the first minute on which the clock shows the same hour and offset as on this one."""

    def shown(instant):
        local = instant.astimezone(zone)
        unit = local.replace(minute=0) if granularity == "hour" else local
        return unit.replace(tzinfo=None), local.utcoffset()

    before = minute - MINUTE
    if shown(before) == shown(minute):
        return clock_bucket(before, zone, granularity)
    return minute.astimezone(zone)


def buckets_of(window, asked):
    """Name the bucket of every minute of the window, in order."""
    if not asked.granularity:
        return []
    moment = window.start
    found: dict[str, None] = {}
    while moment < window.end:  # asked for whole minutes only
        found[bucket_of(moment, asked)] = None
        moment += MINUTE
    return list(found)


def at(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC)
