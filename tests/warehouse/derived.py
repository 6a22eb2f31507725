"""What derived tables hold, and what plain Python says they should, from the events stored."""

from collections import defaultdict
from datetime import UTC, date
from decimal import Decimal
from itertools import groupby

from warehouse.planner.rollups import ROLLUPS
from warehouse.sql.session_figures import COLUMNS, ORDER
from warehouse.sql.statement import Statement

GAP_MS = 30 * 60 * 1000
DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()
EVENTS = f"""
SELECT organization_id, session_id, visitor_hash, session_track,
    toUnixTimestamp64Milli(event_time) AS time, {ORDER} AS place, is_bot, page_views,
    conversion_event, conversion_value, session_duration, path, source, medium, channel,
    campaign_id
FROM trellis.analytics_events WHERE organization_id IN {{organizations:Array(String)}}
"""
STANDING = f"""
SELECT {", ".join(COLUMNS)}, sum(sign) FROM trellis.session_rows
WHERE organization_id IN {{organizations:Array(String)}}
GROUP BY {", ".join(COLUMNS)} HAVING sum(sign) != 0
"""


def rows(clickhouse, text, *organizations):
    """Run a statement about organizations; its rows as dicts."""
    ids = tuple(str(one) for one in organizations)
    statement = Statement(text, {"organizations": list(ids)}, ids)
    answer = clickhouse.run(statement, tag="test")
    return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]


def standing(clickhouse, *organizations):
    """The sessions as the table has them, each with how often: a list to compare."""
    return sorted(map(_plain, rows(clickhouse, STANDING, *organizations)), key=repr)


def _plain(row):
    row["start"], row["finish"] = (_ms(row[name]) for name in ("start", "finish"))
    row["start_date"] = row["start_date"].toordinal()
    row["quarters"] = list(row["quarters"])
    return row


def _ms(moment):
    return round(moment.timestamp() * 1000) if moment.tzinfo else _ms(moment.replace(tzinfo=UTC))


def expected(clickhouse, *organizations):
    """The sessions as plain Python counts them from the events."""
    tracks = defaultdict(list)
    for event in rows(clickhouse, EVENTS, *organizations):
        who = event["session_id"] or event["visitor_hash"]
        tracks[event["organization_id"], bool(event["session_id"]), who].append(event)
    found = []
    for (_, sent, _), events in tracks.items():
        events.sort(key=lambda event: event["place"])
        for session in [events] if sent else _cut(events):
            found += _parts(session)
    return sorted(found, key=repr)


def _cut(events):
    """Begin a new session after every gap of thirty minutes."""
    number, numbered = 0, []
    for index, event in enumerate(events):
        number += index > 0 and event["time"] - events[index - 1]["time"] >= GAP_MS
        numbered.append((number, event))
    return [[event for _, event in one] for _, one in groupby(numbered, key=lambda pair: pair[0])]


def _parts(session):
    people = [event for event in session if not event["is_bot"]]
    if len(people) == len(session):
        return [_row(session, session, 0)]
    return [_row(session, session, 2), *([_row(session, people, 1)] if people else [])]


def _row(session, events, part):
    start, finish = session[0]["time"], session[-1]["time"]
    pages = [event["path"] for event in events if event["path"]]
    stated = max(event["session_duration"] for event in events)
    first = {name: events[0][name] for name in ("source", "medium", "channel", "campaign_id")}
    return {
        "organization_id": session[0]["organization_id"],
        "is_long": int(finish - start > DAY_MS),
        "start_date": start // DAY_MS + EPOCH,
        "track": session[0]["session_track"],
        "start": start,
        "finish": finish,
        "part": part,
        "events": len(events),
        "page_views": sum(event["page_views"] for event in events),
        "conversions": sum(event["conversion_event"] != "" for event in events),
        "revenue": sum((event["conversion_value"] for event in events), Decimal(0)),
        "duration_ms": stated * 1000 or events[-1]["time"] - events[0]["time"],
        "landing_page": pages[0] if pages else "",
        "exit_page": pages[-1] if pages else "",
        **first,
        "quarters": sorted({event["time"] // 900_000 for event in events}),
        "sum(sign)": 1,
    }


FIGURES = {
    "events": "count()",
    "page_views": "sum(page_views)",
    "clicks": "countIf(event_name = 'click')",
    "conversions": "countIf(conversion_event != '')",
    "frauds": "countIf(fraud_score >= 80)",
    "revenue": "sum(conversion_value)",
    "fraud_points": "sum(toInt64(round(toFloat64(fraud_score) * 10000)))",
    "quality_points": "sum(toInt64(round(toFloat64(quality_score) * 10000)))",
    "visitors": "uniqExactIf(visitor_hash, visitor_id != '')",
    "converters": "uniqExactIf(visitor_hash, visitor_id != '' AND conversion_event != '')",
    "unique_clicks": "uniqExactIf(click_id, click_id != '')",
}


def rolled_up(clickhouse, *organizations):
    """What every rollup holds, by name."""
    figures = {
        name: f"uniqCombined64Merge(17)({name})" if "uniq" in text else f"sum({name})"
        for name, text in FIGURES.items()
    }
    return {
        one.name: _figures(clickhouse, one, f"rollup_{one.name}", "at", figures, organizations)
        for one in ROLLUPS
    }


def summed_up(clickhouse, *organizations):
    """What every rollup should hold: the events, grouped there and then."""
    return {
        one.name: _figures(
            clickhouse,
            one,
            "analytics_events",
            f"toStartOfInterval(event_time, INTERVAL {one.step} SECOND, 'UTC')",
            FIGURES,
            organizations,
        )
        for one in ROLLUPS
    }


def _figures(clickhouse, rollup, table, at, figures, organizations):
    """Rows of an empty group are none: figures that were taken back leave such."""
    names = ("organization_id", "event_date", "is_bot", *rollup.dimensions)
    shown = ", ".join(f"{text} AS f_{name}" for name, text in figures.items())
    text = (
        f"SELECT {', '.join(names)}, toUnixTimestamp({at}) AS span, {shown} FROM trellis.{table}"
        " WHERE organization_id IN {organizations:Array(String)}"
        f" GROUP BY {', '.join(names)}, span HAVING f_events != 0 ORDER BY ALL"
    )
    return rows(clickhouse, text, *organizations)
