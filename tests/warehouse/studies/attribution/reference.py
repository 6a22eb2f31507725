"""What attribution must answer, worked out from the contract's sentences by plain, slow Python."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.warehouse import sessions

COLUMNS = {
    "visitor_id": "", "session_id": "", "click_id": "", "campaign_id": "", "term": "",
    "content": "",
    "source": "", "medium": "", "channel": "", "event_id": "", "conversion_event": "", "path": "",
    "conversion_value": Decimal(0), "is_bot": 0, "session_duration": 0, "properties": {},
}  # fmt: skip
CARRIED = ("campaign_id", "term", "content", "click_id")
UNIT = Decimal("0.0001")
NOTHING = object()


def order(event):
    return event["event_time"], event["received_at"], event["event_id"]


def journeys(events, window, lookback, *, value, converts, wanted=lambda _: True):
    """Return (conversion or None, touchpoints) of everybody, touchpoints as (event, value)."""
    every = [COLUMNS | event for event in events]
    sessions.attach(every)
    begins: dict[int, Any] = {}
    for event in every:
        key = id(event["session"])
        begins[key] = min(begins.get(key, event["event_time"]), event["event_time"])
    visitors: dict[str, list[Any]] = {}
    for event in sorted(filter(wanted, every), key=order):
        if event["visitor_id"]:
            visitors.setdefault(event["visitor_id"], []).append(event)

    def inside(event):
        return window.start <= event["event_time"] < window.end

    found = []
    for own in visitors.values():
        touches = [(place, event, value(event)) for place, event in touched(own, begins)]
        converted = [place for place, one in enumerate(own) if converts(one) and inside(one)]
        for at in converted:
            first = own[at]["event_time"] - lookback
            found.append(
                (own[at], [t[1:] for t in touches if t[0] <= at and t[1]["event_time"] >= first])
            )
        last = converted[-1] if converted else -1
        rest = [t[1:] for t in touches if t[0] > last and inside(t[1])]
        found += [(None, rest)] if rest else []
    return found


def touched(own, begins):
    """Yield the touchpoints among a visitor's events, with their places."""
    begun = set()
    for place, event in enumerate(own):
        session = id(event["session"])
        starts = event["event_time"] == begins[session] and session not in begun
        begun |= {session} if starts else set()
        if starts or any(event[name] for name in CARRIED):
            yield place, event


def is_direct(event):
    if event["channel"]:
        return event["channel"].lower() == "direct"
    return not (event["source"] or event["medium"] or event["campaign_id"])


def one_at(place, size):
    return [Fraction(int(number == place)) for number in range(size)]


def weights(model, path, conversion, half_life):
    """Return each touchpoint's share of one conversion."""
    size = len(path)
    if model == "first_touch":
        return one_at(0, size)
    if model == "last_touch":
        return one_at(size - 1, size)
    if model == "last_non_direct":
        others = [place for place, (event, _) in enumerate(path) if not is_direct(event)]
        return one_at(others[-1] if others else size - 1, size)
    if model == "linear":
        return [Fraction(1, size)] * size
    if model == "time_decay":
        ages = [conversion["event_time"] - event["event_time"] for event, _ in path]
        each = [Fraction(2 ** (-(age / half_life))) for age in ages]
        return [one / sum(each) for one in each]
    if model == "position_based":
        if size <= 2:
            return [Fraction(1, size)] * size
        middle = [Fraction(1, 5) / (size - 2)] * (size - 2)
        return [Fraction(2, 5), *middle, Fraction(2, 5)]
    values = [value for _, value in path]
    return [
        Fraction(1, len(set(values))) if value not in values[:place] else Fraction(0)
        for place, value in enumerate(values)
    ]


def credited(found, model, half_life=timedelta(days=7)):
    """Return unrounded conversions and revenue by value."""
    if model == "markov":
        return chained(found)
    credit: dict[Any, list[Fraction]] = {}
    for conversion, path in found:
        if conversion is None:
            continue
        money = Fraction(conversion["conversion_value"])
        shares = weights(model, path, conversion, half_life) if path else [Fraction(1)]
        for share, (_, value) in zip(shares, path or [(None, None)], strict=True):
            one = credit.setdefault(value, [Fraction(0), Fraction(0)])
            one[0] += share
            one[1] += share * money
    return credit


def chained(found):
    steps: Counter[Any] = Counter()
    whole, missed = [Fraction(0), Fraction(0)], [Fraction(0), Fraction(0)]
    for conversion, path in found:
        values = [value for _, value in path]
        if conversion is not None:
            amounts = whole if path else missed
            amounts[0] += 1
            amounts[1] += Fraction(conversion["conversion_value"])
        if values:
            stations = ["(start)", *values, "(null)" if conversion is None else "(conversion)"]
            steps.update(pairwise(stations))
    known = {value for _, path in found for _, value in path}
    everything = arrives(steps, removed=NOTHING)
    effects = {
        value: (1 - arrives(steps, removed=value) / everything if everything else Fraction(0))
        for value in known
    }
    together = sum(effects.values())
    credit = {
        value: [effect / together * amount for amount in whole]
        for value, effect in effects.items()
        if together
    }
    if missed[0]:
        one = credit.setdefault(None, [Fraction(0), Fraction(0)])
        credit[None] = [one[0] + missed[0], one[1] + missed[1]]
    return credit


def arrives(steps, removed):
    """Return the chance to get from the start to a conversion, by solving the chain's equations."""
    states = list(dict.fromkeys(here for here, _ in steps if here != removed))
    left: Counter[Any] = Counter()
    for (here, _), count in steps.items():
        left[here] += count
    rows = []
    for here in states:
        row = [Fraction(int(here == there)) for there in states]
        for number, there in enumerate(states):
            row[number] -= Fraction(steps[here, there], left[here])
        rows.append([*row, Fraction(steps[here, "(conversion)"], left[here])])
    for pivot in range(len(rows)):
        swap = next(place for place in range(pivot, len(rows)) if rows[place][pivot])
        rows[pivot], rows[swap] = rows[swap], rows[pivot]
        rows[pivot] = [cell / rows[pivot][pivot] for cell in rows[pivot]]
        for place, row in enumerate(rows):
            if place != pivot and row[pivot]:
                factor = row[pivot]
                rows[place] = [a - factor * b for a, b in zip(row, rows[pivot], strict=True)]
    return rows[states.index("(start)")][-1] if "(start)" in states else Fraction(0)


def rounded(credit):
    """Return conversions and revenue by value, rounded so that they add up."""
    values = sorted(credit, key=lambda value: value or "")
    columns = [largest_remainders([credit[value][place] for value in values]) for place in (0, 1)]
    return dict(zip(values, zip(*columns, strict=True), strict=True))


def largest_remainders(amounts):
    units = [round(amount * 10**9) for amount in amounts]
    down = [unit // 10**5 for unit in units]
    more = round(sum(amounts) * 10**4) - sum(down)
    first = sorted(range(len(units)), key=lambda place: -(units[place] % 10**5))
    for place in first[:more]:
        down[place] += 1
    return [unit * UNIT for unit in down]
