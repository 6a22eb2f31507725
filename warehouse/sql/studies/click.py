"""Asks for the touchpoints and conversions of whoever made a click, event by event, in order."""

from warehouse.language.studies.click import FIELDS, Click
from warehouse.planner.plan import Plan
from warehouse.sql.binder import Binder, Template
from warehouse.sql.studies.touchpoints import DIRECT, Touchpoints

SHOWN = ("at", "touch", "converts", "points", "value", "direct", "clicked", "conversion")


def build(plan: Plan) -> Template:
    """Return the statement; its columns are those of `Event` in `warehouse/studies/click.py`."""
    study = plan.query.study
    if not isinstance(study, Click):
        raise TypeError(plan.query)
    binder = Binder()
    touchpoints = Touchpoints(plan, binder)
    histories = touchpoints.histories
    clicked = histories.matches[1]
    parts = {
        "value": touchpoints.value(study.dimension),
        "direct": DIRECT,
        "clicked": clicked,
        "conversion": "conversion_event",
        **{f"told_{name}": name for name in FIELDS},
    }
    clickers = (
        f"visitor_hash IN (SELECT visitor_hash FROM {histories.source}"
        f" WHERE {' AND '.join((*histories.within, clicked))})"
    )
    visitors = touchpoints.visitors(parts, clickers, few=True)
    names = ("touch", *(name for name in SHOWN if name != "touch"), *parts)
    joined = {name: "touches" if name == "touch" else f"all_{name}" for name in names}
    arrays = ", ".join(f"{array} AS {name}" for name, array in joined.items())
    shown = ", ".join((*SHOWN, *(f"nullIf(told_{name}, '')" for name in FIELDS)))
    return binder.template(
        f"SELECT visitor_hash, {shown} FROM ({visitors})"
        f" ARRAY JOIN arrayEnumerate(all_at) AS place, {arrays} ORDER BY visitor_hash, place"
    )
