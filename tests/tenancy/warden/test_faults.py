"""Whatever a remote Warden does, it lets nobody in who should not be, and is found again."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tests.conftest import free_port
from tests.tenancy.warden.wardens import asked, outcome, principal, token, until
from tests.tenancy.warden.wire import Wire
from warehouse.env import BASE
from warehouse.exceptions import AccessDenied, Unauthenticated, WardenUnavailable
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden.breaker import FAILURES
from warehouse.tenancy.warden.client import Address, Client

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = {
    "UNAUTHENTICATED": Unauthenticated,
    "INVALID_ARGUMENT": Unauthenticated,
    "PERMISSION_DENIED": AccessDenied,
    "NOT_FOUND": AccessDenied,
}
NO_ANSWERS = sorted({code.name for code in grpc.StatusCode} - {*REFUSALS, "OK"})
BAD = {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize("code", NO_ANSWERS)
def test_another_code_is_no_answer(warden, code):
    assert outcome(lambda: warden.authenticate(token(code=code))) is WardenUnavailable


@pytest.mark.parametrize(("code", "refusal"), REFUSALS.items())
def test_a_refusal_is_one(warden, code, refusal):
    assert outcome(lambda: warden.authenticate(token(code=code))) is refusal


@pytest.mark.parametrize("sent", ["", "ff", "0a", "0a056b65793a31", "00" * 1000])
def test_garbage_and_missing_fields_let_nobody_in(warden, sent):
    given = outcome(lambda: warden.authenticate(token(hex=sent)))
    assert given in (WardenUnavailable, AccessDenied)


def test_odd_answers_about_one_token_spare_the_others(warden):
    for number in range(2 * FAILURES):
        outcome(lambda number=number: warden.authenticate(token(hex="ff", mark=number)))
        outcome(lambda number=number: warden.authenticate(token(code="INTERNAL", mark=number)))
    assert isinstance(warden.authenticate(token(mark="among odd ones")), Principal)


def test_a_slow_answer_is_none(warden):
    assert outcome(lambda: warden.authenticate(token(after=1.5))) is WardenUnavailable


def test_a_call_that_failed_is_made_again_within_the_deadline(warden):
    assert warden.authenticate(token(failing=2)).name == "call 3"


def test_slow_answers_open_the_breaker_and_one_quick_one_closes_it(scripted):
    client = Client(Address(scripted))
    for number in range(FAILURES):
        given = outcome(lambda number=number: client.authenticate(token(after=1.5, mark=number)))
        assert given is WardenUnavailable
    assert client._breaker.is_open
    until(lambda: not isinstance(outcome(lambda: client.authenticate(token(mark="q"))), type))
    assert client._breaker.may_try()
    client.close()


def test_calls_cut_off_by_an_open_breaker_do_not_close_it(mortal):
    client = Client(Address(mortal.target))

    def ask(number):
        return outcome(lambda: client.authenticate(token(after=1.5, mark=f"cut-{number}")))

    with ThreadPoolExecutor(24) as askers:
        assert list(askers.map(ask, range(24))) == [WardenUnavailable] * 24
    assert client._breaker.is_open
    client.close()


def test_a_connection_that_died_in_silence_is_given_up_for_another(scripted):
    with Wire(scripted) as wire:
        client = Client(Address(wire.target))
        client.authenticate(token())
        wire.lose()
        assert outcome(lambda: client.authenticate(token())) is WardenUnavailable
        alive = token(mark="alive")
        until(lambda: not isinstance(outcome(lambda: client.authenticate(alive)), type), seconds=20)
        client.close()


def test_nobody_there_lets_nobody_in():
    with asked(Address(f"127.0.0.1:{free_port()}")) as warden:
        for _ in range(2 * FAILURES):
            assert outcome(lambda: warden.authenticate(token())) is WardenUnavailable


def test_known_tokens_are_served_while_it_is_dead_for_a_minute_at_most(mortal, clock):
    shown = token()
    with asked(Address(mortal.target), **clock.how) as warden:
        warden.authenticate(shown)
        mortal.kill()
        for clock.seconds in (3.0, 10.0, 59.9):
            assert warden.authenticate(shown).subject == "key:1"
            unknown = outcome(lambda: warden.authenticate(token(mark="new")))
            assert unknown is WardenUnavailable
        clock.seconds = 60.0
        assert outcome(lambda: warden.authenticate(shown)) is WardenUnavailable
        mortal.start()
        until(lambda: _tried(clock, lambda: warden.authenticate(shown)), what="a new answer")


def test_it_is_found_again_and_again_and_never_lets_a_bad_token_in(mortal):
    good, bad, given, done = token(), token(**BAD), set(), threading.Event()

    def ask_on():
        while not done.is_set():
            given.add(str(outcome(lambda: asking.authenticate(bad))))

    with asked(Address(mortal.target)) as asking:
        other = threading.Thread(target=ask_on)
        other.start()
        for number in range(3):
            fresh = json.dumps({**json.loads(good), "mark": number})
            until(lambda fresh=fresh: _welcome(asking, fresh), what="recovery")
            mortal.kill()
            gone = token(mark=f"gone {number}")
            until(lambda gone=gone: outcome(lambda: asking.authenticate(gone)) is WardenUnavailable)
            mortal.start()
        done.set()
        other.join(30)
    assert given <= {str(Unauthenticated), str(WardenUnavailable)}


def test_a_health_check_tells_the_living_from_the_dead(mortal):
    client = Client(Address(mortal.target))
    with pytest.raises(WardenUnavailable, match="UNIMPLEMENTED"):  # it lives, but has no health
        client.look()
    mortal.kill()
    with pytest.raises(WardenUnavailable, match="UNAVAILABLE"):
        client.look()
    client.close()
    mortal.start()


FORK = """
import os, sys
import django
django.setup()
from warehouse.tenancy.warden.client import Address, Client
client = Client(Address(sys.argv[1]))
client.authenticate(sys.argv[2])
child = os.fork()
told = client.authenticate(sys.argv[2]).name
if child:
    assert os.waitpid(child, 0)[1] == 0
print(told)
"""


def test_a_process_and_its_fork_both_ask(scripted):
    told = token(principal=principal(), mark="forked")
    done = subprocess.run(
        (sys.executable, "-c", FORK, scripted, told),
        cwd=BASE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split("\n")) == ["", "call 2", "call 3"]


def _welcome(warden, shown):
    return isinstance(outcome(lambda: warden.authenticate(shown)), Principal)


def _tried(clock, ask):
    """Ask a little later: the breaker rests by the real clock, the memory by the moved one."""
    clock.seconds += 3.0
    return isinstance(outcome(ask), Principal)
