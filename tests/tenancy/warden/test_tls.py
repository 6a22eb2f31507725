"""Over TLS only the right Warden is believed, and only the right callers are answered."""

from datetime import timedelta

import pytest

from tests.tenancy.warden.certificates import Authority
from tests.tenancy.warden.wardens import Process, asked, outcome, token, until
from warehouse.exceptions import WardenUnavailable
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden.client import Address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "theirs")


@pytest.fixture(scope="module")
def warden(ours):
    """A Warden that answers only who shows a certificate of our authority."""
    process = Process(*flags(ours.sign("warden")), "--client-ca", ours.file)
    yield process
    process.kill()


def flags(pair):
    return "--cert", pair.cert, "--key", pair.key


def ask(process, ca, pair=None):
    """Ask with the certificates given; return a principal or the class of the refusal."""
    files = (ca, pair.cert, pair.key) if pair else (ca,)
    with asked(Address(process.target, True, *files)) as warden:
        return outcome(lambda: warden.authenticate(token()))


def test_who_shows_a_certificate_is_answered(warden, ours):
    assert isinstance(ask(warden, ours.file, ours.sign("caller")), Principal)


def test_who_shows_none_or_one_of_others_is_not(warden, ours, theirs):
    assert ask(warden, ours.file) is WardenUnavailable
    assert ask(warden, ours.file, theirs.sign("stranger")) is WardenUnavailable
    expired = ours.sign("late", end=-timedelta(hours=1))
    assert ask(warden, ours.file, expired) is WardenUnavailable


def test_a_warden_of_another_authority_is_not_believed(warden, ours, theirs):
    assert ask(warden, theirs.file, ours.sign("caller")) is WardenUnavailable


def test_a_warden_is_not_asked_without_tls_where_tls_is_wanted(scripted, ours):
    with asked(Address(scripted, True, ours.file)) as warden:
        assert outcome(lambda: warden.authenticate(token())) is WardenUnavailable


def test_files_that_cannot_be_read_let_nobody_in(warden, tmp_path):
    assert ask(warden, str(tmp_path / "absent.pem")) is WardenUnavailable


def test_an_expired_certificate_lets_nobody_in_until_it_is_renewed(ours):
    expired, renewed = ours.sign("old", end=-timedelta(hours=1)), ours.sign("new")
    process = Process(*flags(expired))
    with asked(Address(process.target, True, ours.file)) as warden:
        for number in range(8):
            shown = token(mark=number)
            assert outcome(lambda shown=shown: warden.authenticate(shown)) is WardenUnavailable
        process.kill()
        process.start(*flags(renewed))
        until(lambda: isinstance(outcome(lambda: warden.authenticate(token())), Principal))
    process.kill()
