"""A caller as users write one: asks, waits, sends events, and tries again when a line breaks."""

import json
import time

import httpx
import websockets.sync.client

FINAL = {"succeeded", "failed", "cancelled", "expired"}
BROKEN = {502, 503, 504}


class Client:
    """HTTP with one organization's token; every answer is checked for what must never happen."""

    def __init__(self, stack, token):
        self.stack = stack
        self.token = token
        self.http = httpx.Client(
            base_url=f"{stack.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=40,
        )

    def close(self):
        """Give the connections back."""
        self.http.close()

    def request(self, method, path, **options):
        """Send one request; an unexpected 5xx fails the test at once."""
        answer = self.http.request(method, path, **options)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def persist(self, method, path, *, seconds=60, **options):
        """Send a request until it is answered: broken connections and 502-504 are tried again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.http.request(method, path, **options)
                if answer.status_code not in BROKEN:
                    assert answer.status_code < 500, f"{method} {path}: {answer.text}"
                    return answer
                trouble = answer.text
            except httpx.TransportError as error:
                trouble = repr(error)
            assert time.monotonic() < deadline, f"{method} {path}: {trouble}"
            time.sleep(0.1)

    def send(self, events, key):
        """Post events until they are accepted, as a stubborn sender; returns the count."""
        answer = self.persist(
            "POST", "/events", content=json.dumps(events), headers=_json(**{"Idempotency-Key": key})
        )
        assert answer.status_code == 202, answer.text
        assert answer.json()["accepted"] == len(events), answer.text
        return answer.json()["accepted"]

    def submit(self, kind, request, key=None):
        """Submit a report that nobody waits for; returns its document."""
        headers = {"Idempotency-Key": key} if key else {}
        body = {"kind": kind, "request": request}
        answer = self.persist("POST", "/reports", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def report(self, report_id):
        """Return the report's document."""
        answer = self.persist("GET", f"/reports/{report_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, report_id, seconds=90):
        """Wait until the report has a final status; returns its document."""
        deadline = time.monotonic() + seconds
        while True:
            report = self.report(report_id)
            if report["status"] in FINAL:
                return report
            assert time.monotonic() < deadline, report
            time.sleep(0.1)

    def result(self, report_id):
        """Return the finished report's result."""
        answer = self.persist("GET", f"/reports/{report_id}/result", params={"format": "json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, request, seconds=90):
        """Ask a fresh `query` and return its result, however long it takes."""
        headers = {"Prefer": "wait=20", "Cache-Control": "no-cache"}
        answer = self.persist("POST", "/analytics/query", json=request, headers=headers)
        if answer.status_code == 200:
            return answer.json()
        assert answer.status_code == 202, answer.text
        report = self.finished(answer.json()["id"], seconds)
        assert report["status"] == "succeeded", report
        return self.result(report["id"])

    def socket(self):
        """Open the WebSocket with this token."""
        return websockets.sync.client.connect(
            self.stack.ws_url, additional_headers={"Authorization": f"Bearer {self.token}"}
        )


def _json(**headers):
    return {"Content-Type": "application/json"} | headers


def subscribe(socket, **options):
    """Subscribe to the reports of the organization; returns the `subscribed` message."""
    socket.send(json.dumps({"type": "subscribe", "topic": "reports"} | options))
    return receive(socket, lambda message: message["type"] == "subscribed")


def receive(socket, wanted, seconds=60):
    """Return the next message for which `wanted(message)` holds."""
    deadline = time.monotonic() + seconds
    while True:
        message = json.loads(socket.recv(timeout=max(0.0, deadline - time.monotonic())))
        assert message["type"] != "error", message
        if wanted(message):
            return message
