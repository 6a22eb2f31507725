"""`POST /api/v1/events` through HTTP: taken, refused, repeated."""

import gzip
import uuid

import orjson
import pytest

from enrichment.models import Batch
from tests.enrichment.senders import stored, view, work
from warehouse.tenancy.keys import issue

URL = "/api/v1/events"
JSON = "application/json"


@pytest.fixture
def token(acme):
    """A token of Acme that may send events."""
    return make(acme, "events:write")


def make(organization, *scopes):
    return issue(organization, name="sender", scopes=scopes)[1]


def post(client, token, body, content_type=JSON, **headers):
    body = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {f"HTTP_{name}": value for name, value in headers.items()}
    return client.post(
        URL, body, content_type=content_type, HTTP_AUTHORIZATION=f"Bearer {token}", **headers
    )


def test_good_events_are_safe_once_answered(client, acme, token, clickhouse):
    answer = post(client, token, [view(event_id="a"), view(event_id="b")])
    assert answer.status_code == 202
    said = answer.json()
    batch = Batch.objects.get()
    assert said == {"batch_id": str(batch.pk), "accepted": 2, "rejected": 0, "errors": []}
    work(clickhouse, batch.received_at)
    assert stored(clickhouse, acme) == ["a", "b"]


def test_mixed_batch_keeps_the_good_and_names_the_bad(client, token):
    said = post(client, token, {"events": [view(), {}, view(ip="x")]}).json()
    assert (said["accepted"], said["rejected"]) == (1, 2)
    assert [(e["index"], e["field"], e["code"]) for e in said["errors"]] == [
        (1, "event_name", "required"),
        (2, "ip", "invalid"),
    ]


def test_no_good_event_leaves_no_batch(client, token):
    answer = post(client, token, [{}])
    assert answer.status_code == 202
    assert answer.json()["batch_id"] is None
    assert not Batch.objects.exists()


def test_compressed_lines_are_taken(client, token):
    body = gzip.compress(b'{"event_name":"a"}\n{oops\n')
    answer = post(client, token, body, "application/x-ndjson", CONTENT_ENCODING="gzip")
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 1)
    assert answer.json()["errors"][0]["code"] == "invalid_json"


def test_same_key_and_body_have_one_effect(client, acme, token, clickhouse):
    answers = [post(client, token, [view()], IDEMPOTENCY_KEY="k") for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1
    work(clickhouse, Batch.objects.get().received_at)
    assert len(stored(clickhouse, acme)) == 1


def test_same_key_with_another_body_is_refused(client, token):
    post(client, token, [view()], IDEMPOTENCY_KEY="k")
    assert post(client, token, [view(), view()], IDEMPOTENCY_KEY="k").status_code == 422
    assert Batch.objects.count() == 1


def test_same_key_of_another_organization_is_another_key(client, token, globex):
    other = make(globex, "events:write")
    ids = {
        post(client, each, [view()], IDEMPOTENCY_KEY="k").json()["batch_id"]
        for each in (token, other)
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        (b"{", JSON, {}, 400),
        (b"[]", JSON, {}, 400),
        (b"[" * 100_000, JSON, {}, 400),
        (b'["\\ud800"]', JSON, {}, 400),
        (b"[]", "text/csv", {}, 415),
        (b"[]", JSON, {"CONTENT_ENCODING": "br"}, 415),
        (gzip.compress(bytes(50_000_000)), JSON, {"CONTENT_ENCODING": "gzip"}, 413),
        (orjson.dumps([{}] * 10_001), JSON, {}, 413),
    ],
)
def test_bad_request_is_a_problem_and_leaves_nothing(
    client, token, body, content_type, headers, status
):
    answer = post(client, token, body, content_type, **headers)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["status"] == status
    assert not Batch.objects.exists()


def test_stranger_is_refused(client, acme):
    assert client.post(URL, b"[]", content_type=JSON).status_code == 401
    assert post(client, "nonsense", [view()]).status_code == 401
    assert post(client, make(acme, "reports:read"), [view()]).status_code == 403
    assert client.get(URL, HTTP_AUTHORIZATION=f"Bearer {make(acme)}").status_code in {403, 405}


def test_batch_tells_its_fate_to_its_own_organization_only(client, acme, token, globex, clickhouse):
    name = post(client, token, [view(event_id="a"), view(event_id="a")]).json()["batch_id"]
    mine = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert client.get(f"{URL}/batches/{name}", **mine).json()["status"] == "pending"
    work(clickhouse, Batch.objects.get().received_at)
    said = client.get(f"{URL}/batches/{name}", **mine).json()
    assert (said["status"], said["events"], said["repeats"]) == ("stored", 2, 1)
    foreign = {"HTTP_AUTHORIZATION": f"Bearer {make(globex, 'events:write')}"}
    assert client.get(f"{URL}/batches/{name}", **foreign).status_code == 404
    assert client.get(f"{URL}/batches/{uuid.uuid4()}", **mine).status_code == 404


def test_the_document_names_what_the_doors_refuse_with(client):
    paths = client.get("/api/v1/schema").json()["paths"]
    assert {"202", "400", "413", "415"} <= set(paths["/api/v1/events"]["post"]["responses"])
    assert "404" in paths["/api/v1/events/batches/{batch_id}"]["get"]["responses"]
