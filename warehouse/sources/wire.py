"""The HTTP side of a handle: how long it waits for an answer, and how an answer is dropped."""

import logging
from contextlib import suppress
from typing import Any

from clickhouse_connect import common
from clickhouse_connect.driver.httpclient import HttpClient
from urllib3 import HTTPResponse, Timeout
from urllib3.exceptions import HTTPError

from warehouse.sources.address import CONNECT_SECONDS

# It prints a trace for every answer that ends early; what raised is told and logged by us.
logging.getLogger("clickhouse_connect.driver.httputil").setLevel(logging.ERROR)
# It reads ten megabytes ahead by itself, before it hands on the first row.
common.set_setting("http_buffer_size", 1024 * 1024)


class Lost(HTTPError):
    """A request that got no whole answer; `reason` is what the transport said."""

    def __init__(self, reason: HTTPError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Wire:
    """Stands between the driver and its connection, which only this handle uses."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._answer: HTTPResponse | None = None
        manager: Any = client.http
        self._client.http_retries = 0
        self._send = manager.request
        manager.request = self.request

    def wait(self, seconds: float) -> None:
        """Give the server `seconds` without a byte before it counts as stalled."""
        self._client.timeout = Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds)

    def request(self, *args: Any, **kwargs: Any) -> HTTPResponse:
        """Send once: the driver would repeat what was cut, without looking at the time left."""
        try:
            answer: HTTPResponse = self._send(*args, **kwargs)
        except HTTPError as error:
            lost = Lost(error)
        else:
            self._answer = answer
            if answer.chunked or "content-length" in answer.headers:
                return answer
            answer.close()
            lost = Lost(HTTPError("the end of this answer could not be told from a cut"))
        # Raised out here: a cut found in the context of an error is mended by the driver itself.
        raise lost

    def drop(self) -> None:
        """End the answer being read: the server sees its client gone and cancels the query."""
        # The driver would read the rest, however much, to keep the connection. An answer that has
        # come to its end, well or badly, cannot be shut down and need not be.
        with suppress(RuntimeError, ValueError, OSError):
            if self._answer is not None:
                self._answer.shutdown()
