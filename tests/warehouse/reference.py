"""What an answer must be, worked out from the events by plain and slow Python."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
GAP = timedelta(minutes=30)
COLUMNS = {
    "source": "",
    "medium": "",
    "path": "",
    "event_name": "",
    "session_id": "",
    "visitor_id": "",
    "conversion_event": "",
    "conversion_value": Decimal(0),
    "page_views": 0,
    "is_bot": 0,
    "properties": {},
}
EQUAL = {"eq": lambda found, v: found == v[0], "in": lambda found, v: found in v}
ORDERED = {
    "gt": lambda found, v: found > v[0],
    "gte": lambda found, v: found >= v[0],
    "lt": lambda found, v: found < v[0],
    "lte": lambda found, v: found <= v[0],
    "between": lambda found, v: v[0] <= found <= v[1],
}
TEXT = {
    "contains": lambda found, v: v[0] in found,
    "starts_with": lambda found, v: found.startswith(v[0]),
    "ends_with": lambda found, v: found.endswith(v[0]),
}
POSITIVE = EQUAL | ORDERED | TEXT
NEGATIVE = {"ne": "eq", "not_in": "in", "not_contains": "contains"}


def answer(events, body, zone, window):
    """Return the rows, unlimited and in no order, that `body` asks for."""
    events = [COLUMNS | event for event in events]
    inside = [event for event in events if window.start <= event["event_time"] < window.end]
    number_sessions(inside)
    if not body.get("include_bots"):
        inside = [event for event in inside if not event["is_bot"]]
    inside = [e for e in inside if all(holds(one, e, event_value) for one in wheres(body))]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for event in inside:
        groups.setdefault(group_of(event, body, zone), []).append(event)
    if not body["dimensions"] and not body.get("granularity"):
        groups.setdefault((), [])
    if body.get("granularity") and not body["dimensions"]:
        for bucket in every_bucket(window, body["granularity"], zone):
            groups.setdefault((bucket,), [])
    rows = []
    for key, members in groups.items():
        figures = {name: metric(name, members) for name in METRICS}
        if all(holds(one, figures, dict.__getitem__) for one in havings(body)):
            rows.append((*key, *(figures[name] for name in body["metrics"])))
    return rows


def number_sessions(events):
    latest: dict[str, Any] = {}
    for event in sorted(events, key=lambda one: one["event_time"]):
        if event["session_id"]:
            event["session"] = ("sent", event["session_id"])
            continue
        visitor = event["visitor_id"]
        number, last = latest.get(visitor, (0, None))
        if last is None or event["event_time"] - last >= GAP:
            number += 1
        latest[visitor] = number, event["event_time"]
        event["session"] = ("found", visitor, number)


METRICS = {
    "events": len,
    "visitors": lambda es: len({e["visitor_id"] for e in es if e["visitor_id"]}),
    "sessions": lambda es: len({e["session"] for e in es}),
    "page_views": lambda es: sum(e["page_views"] for e in es),
    "clicks": lambda es: sum(e["event_name"] == "click" for e in es),
    "conversions": lambda es: sum(e["conversion_event"] != "" for e in es),
    "revenue": lambda es: sum((e["conversion_value"] for e in es), Decimal(0)),
}


def metric(name, events):
    return METRICS[name](events)


def wheres(body):
    return [one for one in body.get("filters", []) if not about_metrics(one)]


def havings(body):
    return [one for one in body.get("filters", []) if about_metrics(one)]


def about_metrics(condition):
    if "field" in condition:
        return condition["field"] in METRICS
    inner = condition.get("and") or condition.get("or") or [condition.get("not")]
    return about_metrics(inner[0])


def holds(condition, subject, value_of):
    if "and" in condition:
        return all(holds(one, subject, value_of) for one in condition["and"])
    if "or" in condition:
        return any(holds(one, subject, value_of) for one in condition["or"])
    if "not" in condition:
        return not holds(condition["not"], subject, value_of)
    return compare(condition, value_of(subject, condition["field"]))


def compare(leaf, found):
    operator = leaf["operator"]
    if operator == "is_null":
        return found is None
    if operator == "is_not_null":
        return found is not None
    values = leaf["values"] if "values" in leaf else [leaf["value"]]
    if operator in NEGATIVE:
        return not compare(leaf | {"operator": NEGATIVE[operator]}, found)
    if found is None:
        return False
    if isinstance(values[0], int | float) and isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            return False
    if isinstance(found, Decimal):
        values = [Decimal(str(value)) for value in values]
    return POSITIVE[operator](found, values)


def event_value(event, name):
    if name.startswith("properties."):
        found = event["properties"].get(name.removeprefix("properties."), "")
    else:
        found = event[name]
    return None if found == "" else found


def group_of(event, body, zone):
    key = [event_value(event, name) for name in body["dimensions"]]
    key = [bool(v) if n == "is_bot" else v for n, v in zip(body["dimensions"], key, strict=True)]
    if body.get("granularity"):
        key.insert(0, bucket_of(event["event_time"], body["granularity"], zone))
    return tuple(key)


def bucket_of(moment, granularity, zone):
    local = moment.astimezone(ZoneInfo(zone))
    if granularity in {"minute", "hour"}:
        return clock_bucket(moment, granularity, zone).isoformat()
    day = local.date()
    if granularity == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(granularity, 1)
    return (day if granularity == "day" else day.replace(month=month, day=1)).isoformat()


def clock_bucket(moment, granularity, zone):
    """Walk back to the first minute on which the clock shows the same hour and offset."""

    def shown(instant):
        local = instant.astimezone(ZoneInfo(zone))
        unit = local.replace(minute=0) if granularity == "hour" else local
        return unit.replace(tzinfo=None, second=0, microsecond=0), local.utcoffset()

    start = moment.replace(second=0, microsecond=0)
    while shown(start - MINUTE) == shown(moment):
        start -= MINUTE
    return start.astimezone(ZoneInfo(zone))


def every_bucket(window, granularity, zone):
    """Name the bucket of every minute of the window."""
    moment = window.start
    found: dict[str, None] = {}
    while moment < window.end:  # asked for whole minutes only
        found[bucket_of(moment, granularity, zone)] = None
        moment += MINUTE
    return list(found)


def at(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC)
