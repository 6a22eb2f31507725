"""The topic `reports`: a snapshot, every change of a report's status in order, and progress."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from reports.ws import frames, history
from reports.ws.feed import Feed, Feeds
from reports.ws.outbox import Outbox
from reports.ws.subscription import Topic, Wake
from reports.ws.threads import opening
from warehouse.exceptions import FieldError
from warehouse.tenancy.principal import Principal

FEEDS = Feeds()


class Changes:
    """What one socket hears of its organization's reports, or of one of them."""

    def __init__(self, feed: Feed, outbox: Outbox, opening_message: str) -> None:
        self.opening = opening_message
        self.closed = False
        self._feed, self._outbox = feed, outbox

    @property
    def behind(self) -> bool:
        """Whether there are events to read that did not fit."""
        return self._outbox.behind

    def take(self) -> Iterator[str]:
        """Yield what is to be sent."""
        return self._outbox.take()

    async def refill(self) -> None:
        """Read the next events that did not fit."""
        page = await self._feed.page(self._outbox.position)
        self._outbox.refill(page, self._feed.head)

    async def close(self) -> None:
        """Leave the feed."""
        await FEEDS.leave(self._feed, self._outbox)


async def _open(frame: Mapping[str, Any], principal: Principal, wake: Wake) -> Changes:
    """Join first, then read the snapshot, then replay: nothing falls in between."""
    since, organization_id = frame.get("since"), principal.tenant.id
    only = str(uuid.UUID(frame["report"])) if frame.get("report") else None
    outbox = Outbox(0, only, wake)
    feed = await FEEDS.join(organization_id, outbox)
    try:
        if only:
            known = await opening(history.snapshot, organization_id, only)
        else:
            known = await feed.snapshot(since)
    except BaseException:
        await FEEDS.leave(feed, outbox)
        raise
    missed = since is not None and known.oldest - 1 <= since <= known.cursor
    outbox.settle(since if missed and since is not None else known.cursor, feed.head)
    message = frames.encode(
        "subscribed",
        topic="reports",
        cursor=outbox.position,
        resync=since is not None and not missed,
        reports=orjson.Fragment(known.reports),
    )
    return Changes(feed, outbox, message)


def _check(frame: Mapping[str, Any]) -> list[FieldError]:
    errors = []
    if not _is_cursor(frame.get("since")):
        errors.append(FieldError("since", "invalid", "This is the last cursor you saw, or null."))
    if not _is_report(frame.get("report")):
        errors.append(FieldError("report", "invalid", "This is the id of a report, or null."))
    return errors


def _is_cursor(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < 2**63)


def _is_report(value: object) -> bool:
    if not isinstance(value, str):
        return value is None
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


REPORTS = Topic(fields=("since", "report"), check=_check, open=_open)
