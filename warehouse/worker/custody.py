"""What errands are made of in this installation: every place that holds an organization's data.

A new store of data is one more line in `_stores`, and what is computed of events one more in
`_outcomes`. Loaded by the worker alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from discovery.campaigns import erasing as discovered
from discovery.campaigns.moving import Rooms
from discovery.campaigns.takeout import campaigns
from discovery.campaigns.work import work
from discovery.patterns import kept
from discovery.patterns.takeout import patterns
from enrichment import erasing as intake
from enrichment import sealing
from enrichment import takeout as batches
from reports import erasing as results
from reports import takeout as asked
from reports import tickets
from warehouse.cache.l2 import L2
from warehouse.copying import erasing as copies
from warehouse.custody import organization, retention, sections, shelf, takeout, visitor
from warehouse.custody.models import Errand
from warehouse.custody.places import Place
from warehouse.custody.runner import NotYet, Task, Work
from warehouse.derived import removal
from warehouse.gateway import idempotency
from warehouse.sources.clickhouse import ClickHouse
from warehouse.worker.process import Process

SECTIONS: Mapping[str, takeout.Section] = {
    "settings": sections.settings,
    "members": sections.members,
    "invitations": sections.invitations,
    "keys": sections.keys,
    "reports": asked.requests,
    "schedules": asked.schedules,
    "webhooks": asked.webhooks,
    "campaigns": campaigns,
    "patterns": patterns,
    "costs": sections.costs,
    "audit": sections.audit,
}


def works(process: Process, *, keep: timedelta) -> Mapping[str, Work]:
    """Return the work of each kind of errand; takeouts are kept for `keep`."""
    clickhouse = process.clickhouse
    outcomes = partial(_outcomes, process)
    return {
        "organization": partial(_organization, process),
        "visitor": partial(
            visitor.erase,
            rooms=visitor.Rooms(
                clickhouse,
                sealing.seal,
                sealing.release,
                partial(_intake, process),
                outcomes,
            ),
        ),
        "retention": partial(
            retention.forget,
            rooms=retention.Rooms(clickhouse, sealing.seal, sealing.release, outcomes),
        ),
        "campaign": partial(
            work,
            rooms=Rooms(clickhouse, sealing.seal, sealing.release, partial(_forget, process)),
        ),
        "takeout": partial(
            takeout.write, rooms=takeout.Rooms(clickhouse, SECTIONS, batches.unstored, keep)
        ),
    }


def _forget(process: Process, errand: Errand, changed: datetime) -> None:
    """Drop what was answered before events changed; raises `NotYet` while a job may have read them.

    What such a job answers would be kept as if it had read them after.
    """
    owner = errand.organization_id
    if results.running_since_before(owner, changed):
        raise NotYet
    process.cache.forget(errand.organization)


def _organization(process: Process, task: Task) -> None:
    organization.erase(
        task,
        stops=(sealing.seal, partial(_stop_reports, process)),
        stores=_stores(process, task.errand),
    )


def _stop_reports(process: Process, errand: Errand) -> bool:
    owner, now = errand.organization_id, process.clock()
    return results.stop(owner, now=now) and not results.sending(owner, now=now)


def _stores(process: Process, errand: Errand) -> list[Place]:
    """Return every place that holds data of organizations, beside the relational database."""
    owner, slug = errand.organization_id, errand.organization_slug
    return [
        *_tables(process.clickhouse, errand.organization),
        *_copied(process, errand.organization),
        Place(
            "results", "files", partial(results.files, owner), partial(results.remove_files, owner)
        ),
        _answers(process.cache, errand),
        Place(
            "tickets",
            "entries",
            lambda: len(tickets.given_in(slug)),
            partial(tickets.forget, slug),
        ),
    ]


def _tables(clickhouse: ClickHouse, owner: str) -> list[Place]:
    return [
        Place(
            f"clickhouse.{table}",
            "rows",
            partial(removal.count, clickhouse, table, owner),
            partial(removal.remove, clickhouse, table, owner),
        )
        for table in removal.tables(clickhouse)
    ]


def _copied(process: Process, owner: str, visitor_id: str | None = None) -> list[Place]:
    """Return what BigQuery holds; events come first: counting them ends what is under way."""
    copier = process.copier
    if not copies.concerned(copier, owner):
        return []
    return [
        Place(
            "bigquery.analytics_events",
            "rows",
            partial(copies.count, copier, owner, visitor_id),
            partial(copies.remove, copier, owner, visitor_id),
        ),
        Place(
            "bigquery.staging",
            "tables",
            lambda: len(copies.tables(copier, owner)),
            partial(copies.drop, copier, owner),
        ),
    ]


def _answers(cache: L2, errand: Errand) -> Place:
    owner = errand.organization
    return Place("cache", "entries", partial(cache.count, owner), partial(cache.forget, owner))


def _intake(process: Process, errand: Errand) -> Sequence[Place]:
    """Return what the intake holds of a visitor, and asks; its events must still be there.

    Campaigns that name it are removed here: rules cease to stand only while the lane is sealed.
    """
    owner, who, now = errand.organization_id, str(errand.request["visitor_id"]), process.clock()
    clickhouse, store = process.clickhouse, errand.organization
    hashes: list[int] = []

    def known() -> list[int]:
        if not hashes:
            hashes.extend(intake.hashes(clickhouse, store, who, now=now))
        return hashes

    return (
        Place(
            "campaigns",
            "campaigns",
            lambda: len(discovered.naming(owner, who)),
            partial(discovered.remove, owner, who, now=now),
        ),
        Place(
            "database.waiting_events",
            "events",
            partial(intake.waiting, owner, who),
            partial(intake.drop, owner, who, now=now),
        ),
        Place(
            "database.unreadable_batches",
            "batches",
            partial(intake.unreadable, owner),
            partial(intake.drop_unreadable, owner, now=now),
        ),
        Place(
            "clickhouse.event_ids",
            "rows",
            lambda: removal.count_among(clickhouse, "event_ids", store, "id_hash", known()),
            lambda: removal.remove_among(clickhouse, "event_ids", store, "id_hash", known()),
        ),
    )


def _outcomes(
    process: Process, errand: Errand, touched: Sequence[date], gone: datetime
) -> Sequence[Place]:
    """Return what was computed over days that events were removed of, until the moment `gone`.

    Raises `NotYet` while a job runs that may have read them.
    """
    owner, now = errand.organization_id, process.clock()
    if touched and results.running_since_before(owner, gone):
        raise NotYet
    places = [
        _answers(process.cache, errand),
        Place(
            "results",
            "reports",
            lambda: len(results.results_over(owner, touched)),
            partial(results.expire_results, owner, touched, now=now),
        ),
    ]
    who = errand.request.get("visitor_id")
    if not who:
        return places
    return [*places, *_copied(process, errand.organization, who), *_naming(errand, who, now)]


def _naming(errand: Errand, who: str, now: datetime) -> Sequence[Place]:
    """Return what was asked or answered about a visitor, and archives that hold its events."""
    owner, id_ = errand.organization_id, errand.organization
    archives = shelf.folder(id_)
    return (
        Place(
            "questions",
            "reports",
            lambda: len(results.naming(owner, who)),
            partial(results.remove_naming, owner, who, now=now),
        ),
        Place(
            "schedules",
            "schedules",
            lambda: len(results.schedules_naming(owner, who)),
            partial(results.remove_schedules, owner, who, now=now),
        ),
        Place(
            "patterns",
            "patterns",
            lambda: len(kept.naming(owner, who)),
            partial(kept.remove_naming, owner, who),
        ),
        Place(
            "first answers",
            "rows",
            lambda: len(idempotency.naming(id_, who)),
            lambda: idempotency.drop(idempotency.naming(id_, who)),
        ),
        Place(
            "takeouts",
            "files",
            lambda: len(shelf.shelf().tree(archives)),
            lambda: takeout.drop_all(id_),
        ),
    )
