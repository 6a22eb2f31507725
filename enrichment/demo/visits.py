"""One invented visit: its events in the order in which they happen."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from enrichment.demo import world
from enrichment.demo.world import Entry

Event = dict[str, Any]
CART, PURCHASE, SIGNUP, EXTRA_CLICK = 0.15, 0.40, 0.08, 0.20


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor: one device, one address."""

    name: str
    agent: str
    ip: str


@dataclass(slots=True)
class Visit:
    """A visit of `person` that begins `at`; whatever happens takes a while."""

    person: Person
    session: str
    at: datetime
    chance: random.Random
    events: list[Event] = field(default_factory=list)
    page: str = ""

    def play(self, entry: Entry) -> list[Event]:
        """Land, look around, and perhaps sign up, fill a cart and buy; return the events."""
        self._land(entry)
        for _ in range(min(int(self.chance.expovariate(0.45)), 12)):
            self._view(_pick(self.chance, world.PAGES))
            if self.chance.random() < EXTRA_CLICK:
                self._add("click", properties={"target": "picture"})
        if self.chance.random() < SIGNUP * entry.buys:
            self._view("/signup")
            self._add("signup")
        if self.chance.random() < CART * entry.buys:
            self._shop()
        return self.events

    def _land(self, entry: Entry) -> None:
        query, seen = entry.query, {}
        if entry.click:
            click = f"{self.chance.getrandbits(64):016x}"
            query, seen = f"{query}&{entry.click}={click}", {"click_id": click}
        url = world.SITE + entry.landing + (f"?{query}" if query else "")
        if entry.referrer:
            seen["referrer"] = entry.referrer
        if entry.click:
            self._add("click", url=url, **seen)
        self._add("view", url=url, **seen)
        self.page = url

    def _shop(self) -> None:
        (name, price), count = _pick(self.chance, world.PRODUCTS), self.chance.choice((1, 1, 1, 2))
        bought = {"product": name, "quantity": count}
        self._view(f"/products/{name}")
        self._add("add_to_cart", properties=bought)
        if self.chance.random() < PURCHASE:
            value = f"{price * count:.2f}"
            self._add("purchase", conversion_value=value, currency="USD", properties=bought)

    def _view(self, path: str) -> None:
        url = world.SITE + path
        self._add("view", url=url, referrer=self.page)
        self.page = url

    def _add(self, name: str, **more: Any) -> None:
        self.events.append(
            {
                "event_name": name,
                "event_time": self.at,
                "visitor_id": self.person.name,
                "session_id": self.session,
                "user_agent": self.person.agent,
                "ip": self.person.ip,
                **more,
            }
        )
        self.at += timedelta(milliseconds=round(self.chance.expovariate(1 / 40_000)) + 900)


def crawl(person: Person, at: datetime, chance: random.Random) -> list[Event]:
    """Return the page views of a robot, which names no visitor and no session."""
    return [
        {
            "event_name": "view",
            "event_time": at + timedelta(seconds=2 * number),
            "user_agent": person.agent,
            "ip": person.ip,
            "url": world.SITE + _pick(chance, world.PAGES),
        }
        for number in range(chance.randint(1, 6))
    ]


def person(name: str, chance: random.Random) -> Person:
    """Invent a visitor's device and address."""
    return Person(name, _pick(chance, world.AGENTS), address(chance))


def address(chance: random.Random) -> str:
    """Invent an address of one of the world's networks."""
    return f"{_pick(chance, world.NETWORKS)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"


def _pick(chance: random.Random, weighted: Any) -> Any:
    """Return one of the (thing, weight) pairs' things."""
    return chance.choices([thing for thing, _ in weighted], [weight for _, weight in weighted])[0]
