"""A stand-in of BigQuery's REST service on DuckDB, for the real client: jobs, tables, uploads.

Faults are told to it: `failing` calls answer 503, of `losing` jobs the answer gets lost after they
were accepted, while `stuck` is set jobs do not end until they
are cancelled, and with `spoil` what is published is not what was sent.
"""

import datetime as dt
import json
import re
import tempfile
import threading
import uuid
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from tests.bigquery.dialect import Refused, translated
from tests.bigquery.door import Problem, handler

TYPES = {"BIGINT": "INTEGER", "HUGEINT": "INTEGER", "VARCHAR": "STRING", "DATE": "DATE",
         "DOUBLE": "FLOAT", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP"}  # fmt: skip
PARSED: dict[str, Callable[[str], Any]] = {
    "STRING": str,
    "INT64": int,
    "DATE": dt.date.fromisoformat,
}
PAGE = 2


class Service:
    """Projects, datasets, tables and jobs, in memory; one job runs at a time."""

    def __init__(self):
        self.base = duckdb.connect()
        self.base.execute("SET TimeZone = 'UTC'")
        self.jobs, self.datasets, self.uploads, self.tables = {}, {}, {}, {}
        self.failing = self.losing = 0
        self.stuck = self.spoil = self.whole = False
        self.ran = []
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        """Be dead from now on."""
        self.server.shutdown()
        self.server.server_close()

    def rows(self, text):
        """What DuckDB answers to a test that looks for itself."""
        with self.lock:
            return self.base.execute(text).fetchall()

    def answer(self, method, path, query, body):
        """The status, document and headers of one call."""
        for wanted, pattern, act in ROUTES:
            found = re.fullmatch(pattern, path)
            if method == wanted and found:
                with self.lock:
                    if self.failing:
                        self.failing -= 1
                        raise Problem(503, "try again")
                    return act(self, *found.groups(), query, body)
        raise Problem(404, f"no such address: {method} {path}")

    def insert(self, project, query, body):
        """Accept a job; what it says is run at once, unless jobs are stuck."""
        return self.begin(project, json.loads(body))

    def begin(self, project, document, file=None):
        """Begin a job, with the file of a load."""
        reference = document["jobReference"]
        name = reference["jobId"]
        if name in self.jobs:
            raise Problem(409, f"Already Exists: Job {name}")
        job = self.jobs[name] = {
            "id": name, "jobReference": reference | {"projectId": project, "location": "EU"},
            "configuration": document["configuration"], "status": {"state": "RUNNING"},
            "statistics": {}, "found": None,
        }  # fmt: skip
        if not self.stuck:
            self.run(job, file)
        if self.spoil and name.startswith("publish_"):
            self.base.execute("UPDATE copies.analytics_events SET page_views = 99")
        if self.losing:
            self.losing -= 1
            raise ConnectionAbortedError
        return 200, told(job), {}

    def run(self, job, file):
        """Run a job; a transaction that fails is undone."""
        done: dict[str, Any] = {"state": "DONE"}
        try:
            self.ran.append(job["id"])
            work = job["configuration"]
            job["found"] = self.load(work["load"], file) if file else self.ask(work["query"])
        except (Refused, duckdb.Error, Problem) as error:
            done["errorResult"] = {"reason": "invalidQuery", "message": str(error)}
            if "ROLLBACK" not in str(error):
                self.undo()
        job["status"] = done

    def undo(self):
        """Roll back, where a transaction is open."""
        try:
            self.base.execute("ROLLBACK")
        except duckdb.TransactionException:
            return

    def ask(self, work):
        """Run a script; returns the columns and rows of its last statement."""
        if work.get("useLegacySql") or int(work.get("maximumBytesBilled", 0)) <= 0:
            raise Refused("standard SQL with a limit of bytes is what we send")
        values = {
            one["name"]: PARSED[one["parameterType"]["type"]](one["parameterValue"]["value"])
            for one in work.get("queryParameters", ())
        }
        for statement in translated(work["query"], values):
            self.base.execute(statement)
        kinds = [(one[0], str(one[1])) for one in self.base.description or ()]
        return kinds, self.base.fetchall() if kinds else []

    def load(self, work, file):
        """Load a Parquet file over what a table holds."""
        if not work["parquetOptions"]["enableListInference"]:
            raise Refused("lists would become records")
        table = work["destinationTable"]
        name = f"{table['datasetId']}.{table['tableId']}"
        with tempfile.NamedTemporaryFile(suffix=".parquet") as kept:
            Path(kept.name).write_bytes(file)
            self.base.execute(f"DELETE FROM {name}")
            self.base.execute(
                f"INSERT INTO {name} BY NAME SELECT * FROM read_parquet('{kept.name}')"
            )
        return [], []

    def job(self, project, name, query, body):
        """Tell of a job."""
        return 200, told(self.known(name)), {}

    def known(self, name):
        """Return a job."""
        if name not in self.jobs:
            raise Problem(404, f"Not found: Job {name}")
        return self.jobs[name]

    def results(self, project, name, query, body):
        """Tell a page of what a job found."""
        job = self.known(name)
        shown = {"jobReference": job["jobReference"], "jobComplete": job["found"] is not None}
        if error := job["status"].get("errorResult"):
            raise Problem(400, error["message"])
        if job["found"] is None:
            return 200, shown, {}
        kinds, rows = job["found"]
        fields = [
            {"name": n, "type": TYPES.get(k, "NUMERIC"), "mode": "NULLABLE"} for n, k in kinds
        ]
        start = int(query.get("pageToken", ["0"])[0])
        most = int(query.get("maxResults", [PAGE])[0])
        page = rows[start : start + most] if most else []
        more = {"pageToken": str(start + most)} if start + most < len(rows) else {}
        cells = [{"f": [{"v": None if v is None else str(v)} for v in row]} for row in page]
        return 200, shown | more | {
            "schema": {"fields": fields}, "rows": cells, "totalRows": str(len(rows))
        }, {}  # fmt: skip

    def cancel(self, project, name, query, body):
        """Stop a job."""
        job = self.known(name)
        job["status"] = {"state": "DONE", "errorResult": {"reason": "stopped", "message": "x"}}
        return 200, {"job": told(job)}, {}

    def upload(self, project, query, body):
        """Begin an upload in pieces."""
        name = uuid.uuid4().hex
        self.uploads[name] = project, json.loads(body), bytearray()
        return 200, {}, {"Location": f"{self.url}/session/{name}"}

    def piece(self, name, query, body):
        """Take a piece of an upload; the last one begins the load."""
        project, document, file = self.uploads[name]
        file += body
        if self.whole:
            return self.begin(project, document, bytes(file))
        return 308, {}, {"Range": f"bytes=0-{len(file) - 1}"}

    def make_dataset(self, project, query, body):
        """Make a dataset."""
        document = json.loads(body)
        name = document["datasetReference"]["datasetId"]
        if name in self.datasets:
            raise Problem(409, f"Already Exists: Dataset {name}")
        self.datasets[name] = document
        self.base.execute(f"CREATE SCHEMA {name}")
        return 200, document, {}

    def dataset(self, project, name, query, body):
        """Tell of a dataset."""
        if name not in self.datasets:
            raise Problem(404, f"Not found: Dataset {name}")
        return 200, self.datasets[name], {}

    def list(self, project, dataset, query, body):
        """List the tables of a dataset."""
        self.dataset(project, dataset, query, body)
        found = self.base.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
            " ORDER BY table_name", [dataset]).fetchall()  # fmt: skip
        return 200, {"tables": [
            {"tableReference": reference(project, dataset, name)} for (name,) in found
        ]}, {}  # fmt: skip

    def table(self, project, dataset, name, query, body):
        """Tell of a table."""
        found = self.base.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = ?"
            " AND table_name = ? ORDER BY ordinal_position",
            [dataset, name]).fetchall()  # fmt: skip
        if not found:
            raise Problem(404, f"Not found: Table {name}")
        fields = [
            {"name": column, "type": TYPES.get(kind.removesuffix("[]"), "NUMERIC"),
             "mode": "REPEATED" if kind.endswith("[]") else "NULLABLE"}
            for column, kind in found
        ]  # fmt: skip
        more = {"schema": {"fields": fields}, "creationTime": "1767225600000"}
        return 200, {"tableReference": reference(project, dataset, name)} | more, {}

    def make_table(self, project, dataset, query, body):
        """Make an empty table shaped as `analytics_events`, which is all that is asked for."""
        document = json.loads(body)
        name = document["tableReference"]["tableId"]
        if self.base.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
            [dataset, name]).fetchall():  # fmt: skip
            raise Problem(409, f"Already Exists: Table {name}")
        self.tables[name] = document
        self.base.execute(
            f"CREATE TABLE {dataset}.{name} AS FROM {dataset}.analytics_events LIMIT 0"
        )
        return 200, document, {}

    def drop(self, project, dataset, name, query, body):
        """Delete a table."""
        self.table(project, dataset, name, query, body)
        self.base.execute(f"DROP TABLE {dataset}.{name}")
        return 200, {}, {}


def reference(project, dataset, name):
    """The address of a table."""
    return {"projectId": project, "datasetId": dataset, "tableId": name}


def told(job):
    """What a job's document says of it."""
    return {name: value for name, value in job.items() if name != "found"}


ROOT = r"/bigquery/v2/projects/([\w-]+)"
TABLES = ROOT + r"/datasets/(\w+)/tables"
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", ROOT + "/jobs", Service.insert),
    ("GET", ROOT + r"/jobs/([\w-]+)", Service.job),
    ("GET", ROOT + r"/queries/([\w-]+)", Service.results),
    ("POST", ROOT + r"/jobs/([\w-]+)/cancel", Service.cancel),
    ("POST", "/resumable/upload" + ROOT + "/jobs", Service.upload),
    ("POST", "/upload" + ROOT + "/jobs", Service.upload),
    ("PUT", r"/session/(\w+)", Service.piece),
    ("POST", ROOT + "/datasets", Service.make_dataset),
    ("GET", ROOT + r"/datasets/(\w+)", Service.dataset),
    ("GET", TABLES, Service.list),
    ("POST", TABLES, Service.make_table),
    ("GET", TABLES + r"/(\w+)", Service.table),
    ("DELETE", TABLES + r"/(\w+)", Service.drop),
)
