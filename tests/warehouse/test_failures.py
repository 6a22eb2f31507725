"""What failures of driver, transport and engine mean to us, and which pass by themselves."""

import http.client
import inspect
import ssl

import pytest
from clickhouse_connect.driver import exceptions as driver
from urllib3 import exceptions as transport
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from warehouse import exceptions
from warehouse.sources.failures import BY_CODE, DRIVER_ERRORS, PASSING_CODES, passing, translate
from warehouse.sources.wire import Lost

CONNECTION = HTTPConnection("somewhere")
POOL = HTTPConnectionPool("somewhere")


def kinds_of(module, base=Exception):
    found = [kind for _, kind in inspect.getmembers(module, inspect.isclass)]
    return [kind for kind in found if issubclass(kind, base) and kind.__module__ == module.__name__]


def translated(error):
    """Translate as the source does, with the cause in its place."""
    found = translate(error)
    found.__cause__ = error
    return found


def lost(reason):
    """Return what the driver raises for a request the transport failed."""
    error = driver.OperationalError("Error executing HTTP request")
    error.__cause__ = Lost(reason)
    return translated(error)


def broken(reason):
    """Return what the driver raises for an answer that broke while it was read."""
    error = driver.StreamFailureError("Stream failed during read")
    error.__cause__ = driver.OperationalError("Failed to read response data from server")
    error.__cause__.__cause__ = reason
    return translated(error)


def test_every_error_of_the_driver_becomes_one_of_ours():
    kinds = kinds_of(driver)
    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, DRIVER_ERRORS)
        assert isinstance(translate(kind()), exceptions.WarehouseError)


def test_every_error_of_the_transport_becomes_one_of_ours():
    kinds = kinds_of(transport, transport.HTTPError)
    kinds += kinds_of(http.client, http.client.HTTPException)
    kinds += [OSError, ConnectionResetError, TimeoutError, ssl.SSLError, ssl.CertificateError]
    assert len(kinds) > 30
    for kind in kinds:
        assert issubclass(kind, DRIVER_ERRORS)
        assert isinstance(translate(bare(kind)), exceptions.SourceError)


def bare(kind):
    """Return an error of `kind`, whatever it wants to be made of."""
    blank = {"__init__": lambda self: None, "__str__": lambda self: "bare"}
    return type("Bare", (kind,), blank)()


@pytest.mark.parametrize("leaked", [ValueError, IndexError, KeyError, OverflowError])
def test_an_answer_that_makes_no_sense_is_an_error_of_the_source(leaked):
    assert type(translate(bare(leaked))) is exceptions.SourceError


def test_codes_decide_before_classes():
    for code, expected in BY_CODE.items():
        assert type(translate(driver.DatabaseError("x", code=code))) is expected
    unknown = translate(driver.DatabaseError("x", code=62))
    assert type(unknown) is exceptions.QueryRejected


def test_some_codes_pass_by_themselves():
    assert set(BY_CODE) >= PASSING_CODES
    for code in [*BY_CODE, 62]:
        error = translated(driver.DatabaseError("x", code=code))
        assert passing(error) is (code in PASSING_CODES)


@pytest.mark.parametrize("how", [lost, broken])
def test_silence_is_a_timeout_and_not_tried_again(how):
    error = how(transport.ReadTimeoutError(POOL, "url", "silent"))
    assert type(error) is exceptions.SourceTimeout
    assert not passing(error)


@pytest.mark.parametrize(
    "reason",
    [
        transport.NewConnectionError(CONNECTION, "refused"),
        transport.ConnectTimeoutError("nobody"),
        transport.ProtocolError("reset"),
        transport.MaxRetryError(POOL, "url", transport.NewConnectionError(CONNECTION, "refused")),
    ],
    ids=lambda reason: type(reason).__name__,
)
def test_what_could_not_be_reached_passes(reason):
    for error in (lost(reason), broken(reason)):
        assert type(error) is exceptions.SourceUnavailable
        assert passing(error)


def test_a_certificate_that_is_wrong_stays_wrong():
    wrong = transport.SSLError(ssl.SSLCertVerificationError("wrong"))
    error = lost(transport.MaxRetryError(POOL, "url", wrong))
    assert type(error) is exceptions.SourceUnavailable
    assert not passing(error)


def test_an_answer_of_something_else_passes():
    assert passing(translated(driver.DatabaseError("HTTP driver received HTTP status 502")))


def test_our_own_refusals_are_not_tried_again():
    assert not passing(exceptions.SourceUnavailable("Too many queries are running."))
