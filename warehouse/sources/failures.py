"""What a failure of the ClickHouse driver or engine means to us, by error code, then by class."""

import http.client
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver import exceptions as driver
from urllib3 import exceptions as transport

from warehouse.exceptions import (
    InvalidRequest,
    LimitExceeded,
    QueryCancelled,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WarehouseError,
)

logger = logging.getLogger(__name__)

BY_CODE: dict[int, type[WarehouseError]] = {
    3: SourceUnavailable,  # UNEXPECTED_END_OF_FILE
    32: SourceUnavailable,  # ATTEMPT_TO_READ_AFTER_EOF
    158: LimitExceeded,  # TOO_MANY_ROWS
    159: SourceTimeout,  # TIMEOUT_EXCEEDED
    160: SourceTimeout,  # TOO_SLOW
    202: SourceUnavailable,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209: SourceTimeout,  # SOCKET_TIMEOUT
    210: SourceUnavailable,  # NETWORK_ERROR
    241: SourceError,  # MEMORY_LIMIT_EXCEEDED
    242: SourceUnavailable,  # TABLE_IS_READ_ONLY
    243: SourceUnavailable,  # NOT_ENOUGH_SPACE
    252: SourceUnavailable,  # TOO_MANY_PARTS
    279: SourceUnavailable,  # ALL_CONNECTION_TRIES_FAILED
    307: LimitExceeded,  # TOO_MANY_BYTES
    319: SourceUnavailable,  # UNKNOWN_STATUS_OF_INSERT
    394: QueryCancelled,  # QUERY_WAS_CANCELLED
    396: LimitExceeded,  # TOO_MANY_ROWS_OR_BYTES
    427: InvalidRequest,  # CANNOT_COMPILE_REGEXP
    516: SourceUnavailable,  # AUTHENTICATION_FAILED
    734: QueryCancelled,  # QUERY_WAS_CANCELLED_BY_CLIENT
    999: SourceUnavailable,  # KEEPER_EXCEPTION
}
# What passes by itself: worth another try when nothing can happen twice.
PASSING_CODES = {3, 32, 202, 209, 210, 242, 252, 279, 319, 999}
DETAILS = {
    241: "The query needs more memory than the data source may use; ask for less.",
    243: "The data source has no space left.",
    427: "A `matches` filter holds a pattern that is not a valid RE2 regular expression.",
}
BY_CLASS: dict[type[BaseException], type[WarehouseError]] = {
    driver.StreamFailureError: SourceUnavailable,
    driver.StreamClosedError: SourceError,
    driver.StreamCompleteException: SourceError,
    driver.OperationalError: SourceUnavailable,
    driver.InterfaceError: SourceUnavailable,
    driver.InternalError: SourceError,
    driver.DataError: QueryRejected,
    driver.IntegrityError: QueryRejected,
    driver.ProgrammingError: QueryRejected,
    driver.NotSupportedError: QueryRejected,
    driver.Warning: QueryRejected,
    # An answer without a code of ClickHouse's was given by something that stands before it.
    driver.DatabaseError: SourceUnavailable,
    driver.Error: SourceError,
    driver.ClickHouseError: SourceError,
    transport.HTTPError: SourceUnavailable,
    http.client.HTTPException: SourceUnavailable,
    OSError: SourceUnavailable,
    # What the driver lets through when it cannot make sense of an answer's bytes.
    struct.error: SourceError,
    RuntimeError: SourceError,
    ValueError: SourceError,
    LookupError: SourceError,
    TypeError: SourceError,
    ArithmeticError: SourceError,
    MemoryError: SourceError,
}
DRIVER_ERRORS = tuple(BY_CLASS)


@contextmanager
def told() -> Iterator[None]:
    """Turn what the driver raises inside into an error of ours."""
    try:
        yield
    except WarehouseError:
        raise
    except DRIVER_ERRORS as error:
        raise translate(error) from error


def translate(error: BaseException) -> WarehouseError:
    """Return our error for a driver's; the engine's own words go to the log, never to a caller."""
    code = getattr(error, "code", None)
    if code is not None:
        found = BY_CODE.get(code, QueryRejected)
    elif stalled(error):
        found = SourceTimeout
    else:
        found = next(BY_CLASS[kind] for kind in type(error).__mro__ if kind in BY_CLASS)
    if not found.expected:
        logger.warning("ClickHouse error %s: %s", code, error)
    return found(DETAILS.get(code) if code is not None else None)


def passing(error: WarehouseError) -> bool:
    """Return whether what failed may well succeed a moment later."""
    cause = error.__cause__
    code = getattr(cause, "code", None)
    if cause is None or code is not None:
        return code in PASSING_CODES
    trusted = not any(isinstance(one, transport.SSLError) for one in causes(cause))
    return isinstance(error, SourceUnavailable) and trusted


def ill(error: WarehouseError) -> bool:
    """Return whether a failure says that another server may be the better one to ask."""
    return passing(error) or stalled(error)


def stalled(error: BaseException | None) -> bool:
    """Return whether the server fell silent in the middle of a call."""
    return any(isinstance(one, transport.ReadTimeoutError) for one in causes(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what lies behind it, the transport's reasons too."""
    while error is not None:
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__
