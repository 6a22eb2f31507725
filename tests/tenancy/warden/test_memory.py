"""What a Warden answered is believed for as long as it may be, and no longer."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tenancy.warden.wardens import Clock, outcome, together
from warehouse.exceptions import AccessDenied, Unauthenticated, WardenUnavailable, WarehouseError
from warehouse.tenancy.warden import memory
from warehouse.tenancy.warden.memory import Memory

STATES = ("good", Unauthenticated, AccessDenied, WardenUnavailable)


def kept_by(clock, ends=lambda _: None):
    """Return an empty memory that runs by a clock."""
    return Memory[str](ends, **clock.how)


class Warden:
    """Answers as its state says, and counts how often it was asked."""

    def __init__(self):
        self.state: str | type[WarehouseError] = "good"
        self.asked = 0

    def __call__(self):
        self.asked += 1
        if not isinstance(self.state, str):
            raise self.state
        return f"answer {self.asked}"


class Plain:
    """The rules in plain words: what the last answer was and how long ago."""

    def __init__(self, life):
        self.life, self.kind, self.age, self.asked = life, None, 0.0, 0

    def ask(self, state, seconds):
        """Return what a question asked now gives, `seconds` after the last."""
        self.age += seconds
        if self.kind == "good" and self.age < 2:
            return self.told()
        if self.kind not in (None, "good") and self.age < 3:
            return self.kind
        if state is WardenUnavailable:
            lasts = self.kind == "good" and self.age < 60
            return self.told() if lasts else WardenUnavailable
        self.asked += 1
        self.kind, self.age = state, 0.0
        return self.told() if state == "good" else state

    def told(self):
        return Unauthenticated if self.age >= self.life else "good"


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sampled_from((0.0, 1.0, 1.5, 2.5, 20.0, 59.0))),
        max_size=30,
    ),
    st.sampled_from((1.5, 10.0, 1000.0)),
)
def test_it_does_what_the_rules_say(steps, life):
    clock, warden, plain = Clock(), Warden(), Plain(life)
    kept = kept_by(clock, lambda _: clock.now() + timedelta(seconds=life))
    for state, seconds in steps:
        warden.state = state
        clock.seconds += seconds
        given = outcome(lambda: kept.get("q", warden))
        assert (given if isinstance(given, type) else "good") == plain.ask(state, seconds)


def test_an_answer_lasts_while_nobody_answers_and_ends_at_a_minute(clock):
    warden, kept = Warden(), kept_by(clock)
    kept.get("q", warden)
    warden.state = WardenUnavailable
    for clock.seconds in (2.0, 30.0, 59.9):
        assert kept.get("q", warden) == "answer 1"
    clock.seconds = 60.0
    with pytest.raises(WardenUnavailable):
        kept.get("q", warden)


def test_what_was_refused_since_does_not_come_back(clock):
    warden, kept = Warden(), kept_by(clock)
    kept.get("q", warden)
    clock.seconds, warden.state = 2.0, Unauthenticated
    assert outcome(lambda: kept.get("q", warden)) is Unauthenticated
    clock.seconds, warden.state = 6.0, WardenUnavailable
    assert outcome(lambda: kept.get("q", warden)) is WardenUnavailable


def test_a_refusal_is_forgotten(clock):
    warden, kept = Warden(), kept_by(clock)
    warden.state = Unauthenticated
    assert [outcome(lambda: kept.get("q", warden)) for _ in "ab"] == [Unauthenticated] * 2
    assert warden.asked == 1
    clock.seconds, warden.state = 5.0, "good"
    assert kept.get("q", warden) == "answer 2"


def test_who_asks_the_same_meanwhile_waits_for_one_answer(clock):
    go, asked = threading.Event(), []

    def ask():
        asked.append(threading.current_thread())
        go.wait(30)
        return "the answer"

    kept = kept_by(clock)
    threading.Timer(0.2, go.set).start()
    assert together(8, lambda: kept.get("q", ask)) == ["the answer"] * 8
    assert len(asked) == 1


@pytest.mark.parametrize(("age", "given"), [(3.9, "answer 1"), (4.0, "second")])
def test_a_young_answer_serves_whoever_asks_meanwhile_and_an_old_one_does_not(clock, age, given):
    warden, kept, during = Warden(), kept_by(clock), []
    kept.get("q", warden)
    meanwhile = threading.Thread(target=lambda: during.append(kept.get("q", warden)))

    def slowly():
        meanwhile.start()
        meanwhile.join(0.3)
        return "second"

    clock.seconds = age
    assert kept.get("q", slowly) == "second"
    meanwhile.join(30)
    assert during == [given]


def test_what_was_refused_does_not_come_back_when_the_refusal_is_crowded_out(clock, monkeypatch):
    monkeypatch.setattr(memory, "REMEMBERED", 1)
    warden, kept = Warden(), kept_by(clock)
    kept.get("q", warden)
    clock.seconds, warden.state = 2.0, Unauthenticated
    for question in ("q", "another"):
        assert outcome(lambda question=question: kept.get(question, warden)) is Unauthenticated
    warden.state = WardenUnavailable
    assert outcome(lambda: kept.get("q", warden)) is WardenUnavailable


def test_one_that_must_be_fresh_is_asked_for_again(clock):
    warden, kept = Warden(), kept_by(clock)
    kept.get("q", warden)
    clock.seconds = 1.0
    assert kept.get("q", warden) == "answer 1"
    assert kept.get("q", warden, at_most=1.0) == "answer 2"


def test_a_question_that_breaks_holds_nobody_up(clock):
    def broken():
        raise ZeroDivisionError

    kept = kept_by(clock)
    for _ in "ab":
        with pytest.raises(ZeroDivisionError):
            kept.get("q", broken)
    assert kept.get("q", Warden()) == "answer 1"


def test_a_flood_of_bad_questions_is_bounded_and_evicts_no_good_answer(clock, monkeypatch):
    monkeypatch.setattr(memory, "REMEMBERED", 3)
    warden, kept = Warden(), kept_by(clock)
    kept.get("mine", warden)
    warden.state = Unauthenticated
    for number in range(10):
        outcome(lambda number=number: kept.get(str(number), warden))
    assert list(kept._bad) == ["7", "8", "9"]
    asked = warden.asked
    assert kept.get("mine", warden) == "answer 1"
    assert warden.asked == asked
