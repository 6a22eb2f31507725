"""Clients that mean harm: the process stays up, its memory bounded, and others are served."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from reports import events
from reports.representation import describe
from reports.ws import callers, consumer, protocol
from tests.conftest import free_port
from tests.live.stack import until
from tests.reports.doors import token_of
from tests.reports.ws.conftest import served
from tests.reports.ws.moves import delay, move, report_of
from tests.reports.ws.raw import BINARY, CONTINUED, PING, WHOLE, Raw, frame

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 2.0
"""Within how many seconds others hear of what happens, whatever somebody else does."""
SUBSCRIBE = b'{"type":"subscribe","topic":"reports"}'

BROKEN = {
    "no UTF-8": (frame(b'{"type": "\xff\xfe"}'), 1007),
    "no UTF-8, in fragments": (
        frame(b"\xe2", first=0) + frame(b"\x28\xa1", CONTINUED),
        1007,
    ),
    "no mask": (frame(b'{"type":"ping"}', masked=False), 1002),
    "no such opcode": (frame(b"", 3), 1002),
    "a reserved bit": (frame(b"{}", first=WHOLE | 0x40), 1002),
    "the end of nothing": (frame(b"{}", CONTINUED), 1002),
    "a new message inside another": (frame(b"{", first=0) + frame(b"{}"), 1002),
    "a long ping": (frame(b"x" * 126, PING), 1002),
    "a ping in fragments": (frame(b"x", PING, first=0), 1002),
    "1 MB": (frame(b"x" * 1_000_000), 1009),
    "1 MB in fragments": (
        frame(b"x" * 10_000, first=0) + frame(b"x" * 10_000, CONTINUED, first=0) * 100,
        1009,
    ),
    "a frame of 2**62 bytes, announced": (b"\x81\xff" + (2**62).to_bytes(8) + b"\0\0\0\0", 1009),
}


@pytest.fixture
def token(acme):
    return token_of(acme)


@pytest.fixture
def others(door, globex, wired):
    """Return how soon somebody in another organization hears of a move."""
    with door.of(token_of(globex)) as socket:
        socket.subscribe()
        report = report_of(globex)
        yield lambda: delay(socket, report)


@pytest.mark.parametrize("what", BROKEN)
def test_broken_frames_close_their_own_socket_alone(door, token, others, what):
    data, code = BROKEN[what]
    with Raw(door.port, token) as bad:
        bad.send(data)
        assert bad.closed_with() == code
    assert others() < SOON


def test_a_message_in_fragments_is_a_message(door, token):
    with Raw(door.port, token) as odd:
        half = len(SUBSCRIBE) // 2
        odd.send(frame(SUBSCRIBE[:half], first=0), frame(SUBSCRIBE[half:], CONTINUED))
        assert json.loads(odd.next()[1])["type"] == "subscribed"
        odd.send(frame(SUBSCRIBE, BINARY))
        assert json.loads(odd.next()[1])["error"]["status"] == 400


def all_gone(door, seconds=30.0):
    """Wait until the door holds one client, that of `others`: not those of tests before either."""
    until(lambda: door.clients() == 1, seconds=seconds, what="the end of all but one client")


def test_a_thousand_broken_sockets_leave_nothing(door, token, others):
    def break_off(data):
        with Raw(door.port, token) as bad:
            bad.send(data)
            bad.closed_with()

    cases = [data for data, _ in BROKEN.values()]
    break_off(cases[0])
    all_gone(door)
    before = door.memory()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(break_off, cases * 80))
    assert others() < SOON
    assert door.memory() - before < 30_000_000
    all_gone(door)


def test_ten_thousand_subscriptions_on_one_socket_close_it(door, token, others):
    before = door.memory()
    with Raw(door.port, token) as greedy:
        sending = threading.Thread(target=greedy.send, args=[frame(SUBSCRIBE) * 10_000])
        sending.start()
        assert others() < SOON
        frames = []
        while (found := greedy.next()) and found[0] == 1:
            frames.append(json.loads(found[1]))
        sending.join()
    assert len(frames) == consumer.FRAMES + 1
    assert frames[-1]["error"]["code"] == "limit-exceeded"
    assert "frames" in frames[-1]["error"]["detail"]
    assert found
    assert int.from_bytes(found[1][:2]) == 4429
    assert door.memory() - before < 30_000_000


def test_ten_thousand_subscriptions_across_sockets_are_too_many(door, token, others):
    each = consumer.FRAMES - 1
    before = door.memory()
    with ExitStack() as opened:
        greedy = [opened.enter_context(Raw(door.port, token)) for _ in range(10_000 // each)]
        with ThreadPoolExecutor(8) as pool:
            sent = pool.map(lambda one: one.send(frame(SUBSCRIBE) * each), greedy)
            slowest = max(others() for _ in range(5))
            list(sent)
        codes = [one.closed_with() if one is greedy[-1] else None for one in greedy]
        assert codes[-1] == 4429
        assert slowest < SOON
    assert door.memory() - before < 60_000_000
    assert callers.BURST < 10_000


def test_who_never_reads_is_bounded_closed_and_finds_everything_again(door, acme, token, others):
    report = report_of(acme)
    with ExitStack() as opened:
        deaf = [opened.enter_context(Raw(door.port, token, buffer=4096)) for _ in range(20)]
        for one in deaf:
            one.send(frame(SUBSCRIBE))
        assert others() < SOON
        before = door.memory()
        for _ in range(20):
            newest = move(report, 500)
            progress = describe(report)
            for _ in range(100):
                events.progressed(str(acme.id), progress)
            assert others() < SOON
        # Ten thousand messages of some 700 bytes for each of twenty would be 140 MB.
        assert door.memory() - before < 40_000_000
        all_gone(door, seconds=protocol.STALL_SECONDS + 25)
        heard = [json.loads(text) for text in texts(deaf[0])]
    cursors = [message["cursor"] for message in heard if "progress" not in message["type"]]
    # What had moved before a socket was listened to stands in its snapshot.
    assert cursors == list(range(cursors[0], cursors[0] + len(cursors)))
    with door.of(token) as back:
        assert back.subscribe(since=cursors[-1])["resync"] is False
        missed = [message["cursor"] for message in back.states(newest - cursors[-1])]
        assert missed == list(range(cursors[-1] + 1, newest + 1))


def texts(raw):
    """Return what had come before the connection ended."""
    while found := raw.next():
        if found[0] == 1 and found[1].startswith(b'{"type"'):
            yield found[1]


def test_pings_nobody_reads_the_answers_to_are_not_piled_up(door, token, others):
    before = door.memory()
    with Raw(door.port, token, buffer=4096) as rude:
        taken = rude.press(frame(b"x" * 125, PING) * 100, seconds=3)
        assert others() < SOON
        assert taken < 20_000_000
        assert door.memory() - before < 10_000_000


def test_who_does_not_answer_pings_is_closed(transactional_db, wired, redis_url, token):
    pings = ("--ws-ping-interval", "1", "--ws-ping-timeout", "1")
    with served(free_port(), redis_url, *pings) as door, Raw(door.port, token) as half_open:
        assert half_open.closed_with() == 1011
        assert half_open.ended_within(5)


def test_floods_of_handshakes_delay_nobody(door, wired, others):
    refusals = []

    def knock(number):
        with Raw(door.port, f"trl_{number:049}") as bad:
            refusals.append(bad.closed_with())

    with ThreadPoolExecutor(32) as pool:
        knocking = [pool.submit(knock, number) for number in range(1000)]
        slowest = max(others() for _ in range(10))
        for one in knocking:
            one.result()
    assert slowest < SOON
    assert refusals == [4401] * 1000


def test_slow_and_endless_handshakes_are_cut_off(door, token, others):
    with ExitStack() as opened:
        slow = [opened.enter_context(Raw(door.port)) for _ in range(300)]
        for number, one in enumerate(slow):
            one.send(b"GET /ws/v1/ HTTP/1.1\r\nHost: x\r\n"[: number % 33])
        endless = opened.enter_context(Raw(door.port))
        taken = endless.press(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 1000, seconds=5)
        assert taken < 10_000_000
        assert others() < SOON
        assert all(one.ended_within(protocol.HANDSHAKE_SECONDS + 5) for one in slow)
    assert others() < SOON


def test_a_caller_may_have_so_many_sockets_and_no_more(door, token, others):
    with ExitStack() as opened:
        for _ in range(callers.PER_CALLER):
            opened.enter_context(Raw(door.port, token))
        with Raw(door.port, token) as one_more:
            said = json.loads(one_more.next()[1])
            assert said["error"]["code"] == "limit-exceeded"
            assert "close" in said["error"]["detail"]
            assert one_more.closed_with() == 4429
        assert others() < SOON
    until(lambda: opens(door, token), what="a free place")


def opens(door, token):
    with Raw(door.port, token) as socket:
        socket.send(frame(b'{"type":"ping"}'))
        return b"pong" in socket.next()[1]
