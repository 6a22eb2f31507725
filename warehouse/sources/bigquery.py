"""BigQuery: run scripts, load Parquet, by jobs whose ids are known before they are sent.

So a try whose answer was lost finds its own job instead of running twice. Every call is bounded in
time, tries and bytes; what fails is told in errors of ours. Loaded by the worker alone.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import requests
from google.api_core import exceptions as api
from google.auth import exceptions as login
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery.format_options import ParquetOptions

from warehouse.dataset import Dataset
from warehouse.exceptions import (
    LimitExceeded,
    QueryCancelled,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WarehouseError,
)
from warehouse.sql.bigquery import Script

logger = logging.getLogger(__name__)
TRIES = 3
PAUSE_SECONDS = 0.2
CALL_SECONDS = 30.0
JOB_SECONDS = 300.0
TIME_TRAVEL_HOURS = 48
KINDS: dict[type, str] = {str: "STRING", int: "INT64", date: "DATE", datetime: "TIMESTAMP"}
BY_REASON: dict[str, type[WarehouseError]] = {
    "bytesBilledLimitExceeded": LimitExceeded,
    "stopped": QueryCancelled,
    "backendError": SourceUnavailable,
    "internalError": SourceUnavailable,
    "rateLimitExceeded": SourceUnavailable,
    "quotaExceeded": SourceUnavailable,
    "jobRateLimitExceeded": SourceUnavailable,
    "jobBackendError": SourceUnavailable,
    "jobInternalError": SourceUnavailable,
    "resourcesExceeded": SourceError,
}
BY_CLASS: dict[type[BaseException], type[WarehouseError]] = {
    api.DeadlineExceeded: SourceTimeout,
    api.GatewayTimeout: SourceTimeout,
    api.RetryError: SourceUnavailable,
    api.ServerError: SourceUnavailable,
    api.TooManyRequests: SourceUnavailable,
    api.Unauthorized: SourceUnavailable,
    api.Forbidden: SourceUnavailable,
    api.BadRequest: QueryRejected,
    api.GoogleAPIError: SourceError,
    login.GoogleAuthError: SourceUnavailable,
    requests.Timeout: SourceTimeout,
    requests.RequestException: SourceUnavailable,
    TimeoutError: SourceTimeout,
    OSError: SourceUnavailable,
}
ONCE: Any = None
"""The client tries nothing again by itself: we count tries, and time."""
Found = TypeVar("Found")
Job = bigquery.QueryJob | bigquery.LoadJob


@dataclass
class BigQuery:
    """One dataset of one project, safe to use from any thread.

    `endpoint` is a private one that asks for no credentials; `max_bytes` bounds what a statement
    may be billed for.
    """

    dataset: Dataset
    endpoint: str
    max_bytes: int

    @cached_property
    def client(self) -> bigquery.Client:
        """Return the client, made when it is first asked for; SourceUnavailable without a login."""
        more: dict[str, Any] = {}
        if self.endpoint:
            more["credentials"] = AnonymousCredentials()  # type: ignore[no-untyped-call]
            more["client_options"] = {"api_endpoint": self.endpoint}
        project, location = self.dataset.project, self.dataset.location
        with told():
            return bigquery.Client(project=project, location=location, **more)

    def run(self, script: Script, *, job: str = "", seconds: float = JOB_SECONDS) -> list[Any]:
        """Run a script and return the rows of its last statement; `job` is its id, if it has one.

        Raises SourceTimeout (the job is cancelled), SourceUnavailable, LimitExceeded, SourceError
        or QueryRejected.
        """
        settings = bigquery.QueryJobConfig(
            query_parameters=[_bound(name, value) for name, value in script.values.items()],
            labels=_labels(script.owner),
            maximum_bytes_billed=self.max_bytes,
            use_query_cache=False,
        )
        text, name = self._named(script.text), job or f"trellis_{uuid.uuid4().hex}"

        def start() -> Job:
            return self.client.query(
                text, settings, job_id=name, retry=ONCE, job_retry=ONCE, timeout=CALL_SECONDS
            )

        return self._done(name, start, seconds)

    def stage(self, table: str, file: Path, *, owner: str, job: str, until: datetime) -> None:
        """Load a Parquet file into an empty table that goes away by itself at a time."""
        events = self._retried(self._shape)
        staging = bigquery.Table(self._table(table), schema=events.schema)
        staging.expires = until
        self._retried(
            lambda: self.client.create_table(
                staging, exists_ok=True, retry=ONCE, timeout=CALL_SECONDS
            )
        )
        options = ParquetOptions()  # type: ignore[no-untyped-call]
        options.enable_list_inference = True
        settings = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            parquet_options=options,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            schema=events.schema,
            labels=_labels(owner),
        )

        def start() -> Job:
            with file.open("rb") as opened:
                return self.client.load_table_from_file(
                    opened,
                    self._table(table),
                    num_retries=0,
                    job_id=job,
                    job_config=settings,
                    timeout=CALL_SECONDS,
                )

        self._done(job, start, JOB_SECONDS)

    def tables(self, prefix: str) -> list[str]:
        """Return the tables of the dataset that begin so; none where there is no dataset."""

        def listed() -> list[str]:
            with suppress(api.NotFound):
                found = self.client.list_tables(self._home, retry=ONCE, timeout=CALL_SECONDS)
                return [one.table_id for one in found if one.table_id.startswith(prefix)]
            return []

        return self._retried(listed)

    def drop(self, table: str) -> None:
        """Delete a table, if it is there."""
        self._retried(
            lambda: self.client.delete_table(
                self._table(table), not_found_ok=True, retry=ONCE, timeout=CALL_SECONDS
            )
        )

    def prepare(self, scripts: Iterator[Script]) -> None:
        """Make the dataset unless it is there, and run each script of its schema."""
        self._retried(self._housed)
        for script in scripts:
            self.run(script)

    def close(self) -> None:
        """Let go of its connections."""
        if "client" in vars(self):
            self.client.close()  # type: ignore[no-untyped-call]

    @property
    def _home(self) -> bigquery.DatasetReference:
        return bigquery.DatasetReference(self.dataset.project, self.dataset.name)

    def _housed(self) -> None:
        """Make the dataset only where there is none: who may write need not be allowed to."""
        try:
            self.client.get_dataset(self._home, retry=ONCE, timeout=CALL_SECONDS)
        except api.NotFound:
            home = bigquery.Dataset(self._home)
            home.location = self.dataset.location
            home.max_time_travel_hours = TIME_TRAVEL_HOURS
            self.client.create_dataset(home, exists_ok=True, retry=ONCE, timeout=CALL_SECONDS)

    def _shape(self) -> bigquery.Table:
        return self.client.get_table(
            self._table("analytics_events"), retry=ONCE, timeout=CALL_SECONDS
        )

    def _table(self, name: str) -> bigquery.TableReference:
        return self._home.table(name)

    def _named(self, text: str) -> str:
        quoted = f"`{self.dataset.project}`.`{self.dataset.name}`"
        return text.replace("{dataset}", quoted).replace("{place}", str(self.dataset))

    def _done(self, name: str, start: Callable[[], Job], seconds: float) -> list[Any]:
        """Start the job of this id, or find it, and wait for it; who gives up cancels it."""

        def begun() -> Job:
            try:
                return start()
            except api.Conflict:
                return self._found(name)

        job = self._retried(begun)
        deadline = time.monotonic() + seconds
        try:
            return self._retried(lambda: _ended(job, max(deadline - time.monotonic(), 0.001)))
        except SourceTimeout:
            with suppress(WarehouseError):
                self._retried(
                    lambda: self.client.cancel_job(name, retry=ONCE, timeout=CALL_SECONDS)
                )
            raise

    def _found(self, name: str) -> Job:
        found = self.client.get_job(name, retry=ONCE, timeout=CALL_SECONDS)
        if not isinstance(found, Job):
            raise QueryRejected
        return found

    def _retried(self, call: Callable[[], Found]) -> Found:
        """Call again while the failure may pass, few times: jobs know their ids by then."""
        for number in range(1, TRIES):
            try:
                with told():
                    return call()
            except SourceUnavailable as error:
                logger.info("BigQuery failed, try %d of %d follows: %s", number + 1, TRIES, error)
                time.sleep(PAUSE_SECONDS * number)
        with told():
            return call()


def _ended(job: Job, seconds: float) -> list[Any]:
    """Wait for a job and return its rows, none of a load's."""
    if isinstance(job, bigquery.LoadJob):
        job.result(retry=ONCE, timeout=seconds)
        return []
    return [tuple(row.values()) for row in job.result(retry=ONCE, job_retry=ONCE, timeout=seconds)]


def _bound(name: str, value: Any) -> bigquery.ScalarQueryParameter:
    return bigquery.ScalarQueryParameter(name, KINDS[type(value)], value)


def _labels(owner: str) -> dict[str, str]:
    return {"product": "trellis"} | ({"organization": owner.lower()} if owner else {})


@contextmanager
def told() -> Iterator[None]:
    """Turn what the client raises inside into an error of ours; its words go to the log only."""
    try:
        yield
    except tuple(BY_CLASS) as error:
        raise _translated(error) from error


def _translated(error: BaseException) -> WarehouseError:
    reasons = [one.get("reason") for one in getattr(error, "errors", None) or () if one]
    known = next((BY_REASON[one] for one in reasons if one in BY_REASON), None)
    if known is None and "concurrent update" in str(error):
        known = SourceUnavailable
    found = known or next(BY_CLASS[kind] for kind in type(error).__mro__ if kind in BY_CLASS)
    if not found.expected:
        logger.warning("BigQuery error: %s", error)
    return found(f"BigQuery: {(found.__doc__ or '').splitlines()[0]}")
