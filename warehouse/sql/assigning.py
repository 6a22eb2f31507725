"""Writes the statements that give events of an organization a campaign later, and take it back.

Which events those are says a question: what it counts, as far as it has no campaign. Each that was
given one says by whom in `campaign_assignment`. A change is a mutation of one month that is waited
for; it survives the death of whoever sent it, and sent again it finds nothing left to do.
"""

from warehouse.language.query import Query
from warehouse.planner.grain import steady
from warehouse.planner.plan import Branch
from warehouse.planner.tables import EVENTS
from warehouse.sql import rows, where
from warehouse.sql.binder import Binder
from warehouse.sql.erasing import OWN, WAITED
from warehouse.sql.figures import OVER_EVENTS
from warehouse.sql.moments import Clock
from warehouse.sql.statement import DATABASE, Statement
from warehouse.sql.where import Place

TABLE = f"{DATABASE}.analytics_events"
ASSIGNED = "campaign_assignment = {assignment:String}"
FIGURES = ("events", "visitors", "conversions", "revenue")
"""What is counted of events that were given a campaign."""


def days(query: Query, assignment: str) -> Statement:
    """Return the days with events that `query` asks about or that were assigned: (day, events)."""
    binder = Binder()
    mine = _bound(assignment, "assignment", binder)
    wanted = " AND ".join(_conditions(query, binder))
    text = (
        f"SELECT event_date, count() FROM {TABLE} WHERE {_owner(query, binder)}"
        f" AND (campaign_assignment = {mine} OR ({wanted}))"
        " GROUP BY event_date ORDER BY event_date"
    )
    return binder.template(text).fill(query)


def assign(query: Query, campaign_id: str, assignment: str, month: int) -> Statement:
    """Return what gives the events that `query` asks about, of a month (202601), a campaign."""
    binder = Binder()
    given = _bound(campaign_id, "campaign", binder)
    mine = _bound(assignment, "assignment", binder)
    wanted = " AND ".join((_owner(query, binder), *_conditions(query, binder)))
    text = (
        f"ALTER TABLE {TABLE} UPDATE campaign_id = {given}, campaign_assignment = {mine}"
        f" IN PARTITION {month:d} WHERE {wanted} {WAITED}"
    )
    return binder.template(text).fill(query)


def days_assigned(organization_id: str, assignment: str) -> Statement:
    """Return the days with events that were assigned: (day, events)."""
    return _assigned(
        organization_id,
        assignment,
        f"SELECT event_date, count() FROM {TABLE} WHERE {OWN} AND {ASSIGNED}"
        " GROUP BY event_date ORDER BY event_date",
    )


def take_back(organization_id: str, assignment: str, month: int) -> Statement:
    """Return what leaves the events of a month that were assigned without a campaign again."""
    return _assigned(
        organization_id,
        assignment,
        f"ALTER TABLE {TABLE} UPDATE campaign_id = '', campaign_assignment = ''"
        f" IN PARTITION {month:d} WHERE {OWN} AND {ASSIGNED} {WAITED}",
    )


def end_changes(assignment: str) -> Statement:
    """Return what ends the changes under way that name an assignment, and waits until they have.

    Parts that were changed stay so.
    """
    return Statement(
        "KILL MUTATION WHERE database = {database:String} AND table = {table:String}"
        " AND position(command, {assignment:String}) > 0 SYNC",
        {"database": DATABASE, "table": "analytics_events", "assignment": assignment},
    )


def counted(organization_id: str, assignment: str) -> Statement:
    """Return what the events that were assigned amount to, in `FIGURES`."""
    figures = ", ".join(OVER_EVENTS[name] for name in FIGURES)
    return _assigned(
        organization_id, assignment, f"SELECT {figures} FROM {TABLE} WHERE {OWN} AND {ASSIGNED}"
    )


def _assigned(organization_id: str, assignment: str, text: str) -> Statement:
    values = {"organization_id": organization_id, "assignment": assignment}
    return Statement(text, values, (organization_id,))


def _conditions(query: Query, binder: Binder) -> list[str]:
    """Return what tells the events that `query` asks about and that have no campaign."""
    _, within = rows.of_branch(Branch(EVENTS, ()), query, 0, binder)
    place = Place(binder, Clock(rows.EVENT_SECOND, steady=steady(query, query.window)))
    return [*within, "campaign_id = ''", *where.conditions(query.where, place)]


def _owner(query: Query, binder: Binder) -> str:
    if not query.organization:
        raise ValueError("A statement needs an organization.")
    owner = binder.bind("organization", "String", lambda asked: asked.query.organization)
    return f"organization_id = {owner}"


def _bound(value: str, name: str, binder: Binder) -> str:
    return binder.bind(name, "String", lambda _: value)
