"""One POST to a real receiver: what comes of it, and that nothing forbidden is connected to."""

import socket
import ssl
import time
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest

from reports.webhooks.guard import Guard
from reports.webhooks.posting import NOWHERE, resolve, trusting
from tests.conftest import free_port
from tests.reports.builders import after
from tests.reports.webhooks.builders import here, poster
from tests.reports.webhooks.receiver import (
    DELAY,
    MOVED,
    drip,
    forever,
    hang,
    receiving,
    status,
)
from tests.tenancy.warden.certificates import DAY, Authority

HEAD = b"HTTP/1.1 200 OK\r\n"
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


@pytest.fixture
def receiver():
    with receiving() as server:
        yield server


def sent(server, answer=None, *, path="/hook?a=b", **how):
    if answer is not None:
        server.answers[path] = answer
    return poster(**how).post(server.url(path), b'{"n":1}', HEADERS)


def test_a_message_arrives_as_it_is(receiver):
    outcome = sent(receiver)
    assert (outcome.word, outcome.status, outcome.delivered) == ("delivered", 200, True)
    [(path, headers, body)] = receiver.got
    assert (path, body) == ("/hook?a=b", b'{"n":1}')
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["webhook-id"] == "msg_1"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("code", "word"), [(201, "delivered"), (204, "delivered"), (400, "refused"), (500, "refused")]
)
def test_the_status_decides(receiver, code, word):
    outcome = sent(receiver, status(code))
    assert (outcome.word, outcome.status, outcome.gone) == (word, code, False)


def test_gone_is_told(receiver):
    assert sent(receiver, status(410)).gone


def test_no_redirect_is_followed(receiver):
    outcome = sent(receiver, MOVED % receiver.url("/private").encode())
    assert (outcome.word, outcome.status) == ("refused", 301)
    assert [path for path, *_ in receiver.got] == ["/hook?a=b"]


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        (b"120", timedelta(minutes=2)),
        (format_datetime(after(300), usegmt=True).encode(), timedelta(minutes=5)),
        (b"soon", None),
        (b"9" * 5000, timedelta(seconds=999_999_999)),
    ],
)
def test_retry_after_is_read_of_who_asks_for_time(receiver, said, wait):
    assert sent(receiver, DELAY % (429, said)).retry_after == wait
    assert sent(receiver, DELAY % (503, said)).retry_after == wait
    assert sent(receiver, DELAY % (500, said)).retry_after is None


@pytest.mark.parametrize(
    "answer",
    [
        hang,
        drip(HEAD + b"X: ", forever(b"x")),
        drip(b"", forever(b"H")),
    ],
    ids=["nothing", "a head that never ends", "a status line that never ends"],
)
def test_no_answer_in_time_is_a_timeout(receiver, answer):
    begun = time.monotonic()
    outcome = sent(receiver, answer, seconds=0.5)
    assert outcome.word in {"timeout", "unreachable"}, outcome
    assert time.monotonic() - begun < 5
    assert outcome.elapsed_ms >= (400 if outcome.word == "timeout" else 0)


def test_a_hanging_receiver_is_a_timeout(receiver):
    assert sent(receiver, hang, seconds=0.5).word == "timeout"


@pytest.mark.parametrize("piece", [b"x", b"x" * 65536], ids=["slow", "endless"])
def test_a_body_that_never_ends_takes_nothing_back(receiver, piece):
    begun = time.monotonic()
    outcome = sent(receiver, drip(HEAD + b"Content-Length: 99999999999\r\n\r\n", forever(piece)))
    assert (outcome.word, outcome.status) == ("delivered", 200)
    assert time.monotonic() - begun < 5


def test_what_is_no_http_is_unreachable(receiver):
    assert sent(receiver, b"SSH-2.0-OpenSSH\r\n\r\n").word == "unreachable"
    assert sent(receiver, b"").word == "unreachable"


def test_a_closed_port_is_unreachable():
    outcome = poster().post(f"http://127.0.0.1:{free_port()}/", b"", HEADERS)
    assert outcome.word == "unreachable"


def test_a_name_of_nobody_is_unreachable():
    def nobody(*_):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    outcome = poster(resolve=nobody).post("https://a.example/", b"", HEADERS)
    assert (outcome.word, outcome.detail) == ("unreachable", NOWHERE)
    assert poster(resolve=lambda *_: []).post("https://a.example/", b"", {}).word == "unreachable"


def test_a_resolver_that_hangs_costs_no_more_than_the_time():
    def slow(*_):
        time.sleep(3)
        return []

    begun = time.monotonic()
    outcome = poster(resolve=slow, seconds=0.3).post("https://a.example/", b"", HEADERS)
    assert outcome.word == "timeout"
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost"])
def test_nothing_forbidden_is_connected_to(receiver, host):
    for look in (resolve, here):
        door = poster(Guard(), resolve=look)
        for scheme in ("http", "https"):
            outcome = door.post(receiver.url(scheme=scheme, host=host), b"", HEADERS)
            assert outcome.word == "forbidden-address"
    assert receiver.got == []


def test_a_name_that_no_resolver_takes_is_unreachable():
    def refusing(*_):
        "a..b".encode("idna")

    outcome = poster(resolve=refusing).post("https://a.example/", b"", HEADERS)
    assert (outcome.word, outcome.detail) == ("unreachable", NOWHERE)


def test_a_name_that_leads_inside_is_as_one_of_nobody(receiver):
    for leads in (
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
    ):
        door = poster(Guard(), resolve=lambda *_, found=leads: list(map(ip_address, found)))
        url = receiver.url(scheme="https", host="hooks.example.com")
        outcome = door.post(url, b"", HEADERS)
        assert (outcome.word, outcome.detail) == ("unreachable", NOWHERE)
    assert receiver.got == []


def test_a_name_is_looked_up_once_for_each_try(receiver):
    """A resolver that first says what may pass and then what may not is not asked again."""
    asked = []

    def rebinding(*_):
        asked.append(1)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    door = poster(resolve=rebinding)
    outcome = door.post(receiver.url(host="hooks.example.com"), b"", HEADERS)
    assert outcome.word == "delivered"
    assert len(asked) == 1


def test_a_name_that_was_rebound_is_judged_anew():
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    door = poster(Guard(), resolve=lambda *_: list(map(ip_address, answers.pop(0))), seconds=0.2)
    assert door.post("https://hooks.example.com/", b"", HEADERS).detail != NOWHERE
    assert door.post("https://hooks.example.com/", b"", HEADERS).detail == NOWHERE


def test_another_address_is_tried_where_the_first_takes_nobody(receiver):
    several = [ip_address("127.0.0.2"), ip_address("127.0.0.1")]
    receiver_only = poster(resolve=lambda *_: several)
    assert receiver_only.post(receiver.url(host="a.example"), b"", HEADERS).word == "delivered"


class TestByTls:
    """The certificate must be of the name in the URL, whichever address it has."""

    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(tmp_path / "known")

    def post(self, authority, pair, *, host="hooks.example.com", ca=None, scheme="https"):
        with receiving(pair) as server:
            door = poster(ca=ca or authority.file)
            outcome = door.post(server.url("/", scheme, host), b"", HEADERS)
            return outcome, server

    def test_a_name_is_asked_for_and_checked(self, authority):
        pair = authority.sign("good", hosts=["hooks.example.com"])
        outcome, server = self.post(authority, pair)
        assert outcome.word == "delivered", outcome
        assert server.asked == ["hooks.example.com"]
        assert server.got[0][1]["Host"] == f"hooks.example.com:{server.port}"

    def test_another_name_is_bad(self, authority):
        outcome, server = self.post(authority, authority.sign("other", hosts=["other.example"]))
        assert outcome.word == "bad-certificate", outcome
        assert server.got == []

    def test_an_old_one_is_bad(self, authority):
        pair = authority.sign("old", hosts=["hooks.example.com"], end=-DAY)
        outcome, _ = self.post(authority, pair)
        assert (outcome.word, "expired" in outcome.detail) == ("bad-certificate", True)

    def test_one_of_a_stranger_is_bad(self, authority, tmp_path):
        stranger = Authority(tmp_path / "stranger")
        pair = stranger.sign("strange", hosts=["hooks.example.com"])
        assert self.post(authority, pair)[0].word == "bad-certificate"

    def test_what_speaks_no_tls_is_unreachable(self, authority):
        assert self.post(authority, None)[0].word == "unreachable"

    def test_the_well_known_authorities_are_trusted(self):
        context = trusting()
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname
        assert len(context.get_ca_certs()) > 50


def test_names_are_looked_up_as_the_machine_does():
    assert ip_address("127.0.0.1") in resolve("localhost", 80)
    assert resolve("127.0.0.1", 80) == [ip_address("127.0.0.1")]
