"""What a funnel must answer, by trying every run there is: slow, and written from the definition.

Events are dictionaries with `at` (a whole number), `name`, `who` and whatever a breakdown reads;
their order in the list is that of arrival. A body is that of a request, with steps as names.
"""

import itertools
from collections import defaultdict
from functools import cache
from statistics import median


def best(events, asked):
    """Return the events of the run that counts for one visitor's events, or nothing."""
    runs = {"ordered": ordered, "strict": strict, "any": in_any_order}[asked["order"]](
        events, asked
    )
    whole = [run for run in runs if not spoiled(run, events, asked)]
    return min(whole, key=lambda run: (-len(run), [event["at"] for event in run]), default=())


def matches(event, name):
    return fits(event["name"], name)


def fits(name, step):
    return step is None or name == step


def may_start(event, asked):
    return event["at"] < asked.get("range_end", event["at"] + 1)


def ordered(events, asked):
    """Yield every run: each goes on for as long as some row may serve its next step."""

    def go_on(run):
        if len(run) == len(asked["steps"]):
            yield run
            return
        further = [
            event
            for event in events
            if event not in run
            and run[-1]["at"] <= event["at"] <= run[0]["at"] + asked["within"]
            and matches(event, asked["steps"][len(run)])
        ]
        if not further:
            yield run
        for event in further:
            yield from go_on((*run, event))

    for event in events:
        if matches(event, asked["steps"][0]) and may_start(event, asked):
            yield from go_on((event,))


def orders(events):
    """Yield every order in which the rows may have come: those of one moment come in any."""
    moments = defaultdict(list)
    for event in events:
        moments[event["at"]].append(event)
    several = [itertools.permutations(moments[at]) for at in sorted(moments)]
    for chosen in itertools.product(*several):
        yield [event for moment in chosen for event in moment]


def strict(events, asked):
    for rows in orders(events):
        for first, event in enumerate(rows):
            if matches(event, asked["steps"][0]) and may_start(event, asked):
                run = [event]
                for nxt in rows[first + 1 :]:
                    within = nxt["at"] <= event["at"] + asked["within"]
                    if len(run) == len(asked["steps"]) or not within:
                        break
                    if not matches(nxt, asked["steps"][len(run)]):
                        break
                    run.append(nxt)
                yield tuple(run)


def in_any_order(events, asked):
    for rows in orders(events):
        for first, event in enumerate(rows):
            if not may_start(event, asked):
                continue
            seen: list[dict[str, object]] = []
            run: list[dict[str, object]] = []
            for nxt in rows[first:]:
                if nxt["at"] > event["at"] + asked["within"]:
                    break
                seen.append(nxt)
                names = sorted(str(one["name"]) for one in seen)
                if served(tuple(names), tuple(asked["steps"])) > len(run):
                    run.append(nxt)
            if run and run[0] is event:
                yield tuple(run)


@cache
def served(names, steps):
    """Return how many distinct steps rows of these names can serve, each its own."""
    useful = [name for name in names if any(fits(name, step) for step in steps)]
    for count in range(min(len(useful), len(steps)), 0, -1):
        for some in itertools.permutations(range(len(steps)), count):
            if assigned(useful, [steps[index] for index in some]):
                return count
    return 0


def assigned(names, steps):
    if not steps:
        return True
    return any(
        fits(name, steps[0]) and assigned(names[:place] + names[place + 1 :], steps[1:])
        for place, name in enumerate(names)
    )


def spoiled(run, events, asked):
    for name, first, last in asked["exclusions"]:
        if len(run) < first:
            continue
        for event in events:
            if not matches(event, name) or event["at"] <= run[first - 1]["at"]:
                continue
            if len(run) >= last:
                bad = event["at"] < run[last - 1]["at"]
            else:
                bad = event["at"] <= run[0]["at"] + asked["within"]
            if bad:
                return True
    return False


def answer(events, asked, value_of=lambda _: None, bucket_of=lambda _: None):
    """Return {(bucket, value): [count, average, median] by step} of all visitors."""
    visitors = defaultdict(list)
    for event in events:
        visitors[event["who"]].append(event)
    found: dict[object, list[list[int]]] = defaultdict(lambda: [[] for _ in asked["steps"]])
    for own in visitors.values():
        run = best(own, asked)
        if run:
            key = (bucket_of(run[0]), value_of(run))
            for step, event in enumerate(run):
                before = run[step - 1] if step else event
                found[key][step].append(event["at"] - before["at"])
    return {key: [row(times, step) for step, times in enumerate(of)] for key, of in found.items()}


def row(times, step):
    if not step or not times:
        return (len(times), None, None)
    return (len(times), sum(times) / len(times), float(median(times)))
