"""What a failure of the ClickHouse driver or engine means to us, by error code, then by class."""

import logging

from clickhouse_connect.driver import exceptions as driver

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
DETAILS = {
    241: "The query needs more memory than the data source may use; ask for less.",
    243: "The data source has no space left.",
    427: "A `matches` filter holds a pattern that is not a valid RE2 regular expression.",
}
BY_CLASS: dict[type[Exception], type[WarehouseError]] = {
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
    driver.DatabaseError: SourceError,
    driver.Error: SourceError,
    driver.ClickHouseError: SourceError,
}
DRIVER_ERRORS = (driver.ClickHouseError, driver.StreamCompleteException)


def translate(error: Exception) -> WarehouseError:
    """Return our error for a driver's; the engine's own words go to the log, never to a caller."""
    code = getattr(error, "code", None)
    if code is not None:
        found = BY_CODE.get(code, QueryRejected)
    else:
        found = next(BY_CLASS[kind] for kind in type(error).__mro__ if kind in BY_CLASS)
    if not found.expected:
        logger.warning("ClickHouse error %s: %s", code, error)
    return found(DETAILS.get(code) if code is not None else None)
