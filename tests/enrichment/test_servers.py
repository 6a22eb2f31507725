"""What the intake stores in an engine that is a server, where it differs from the embedded one."""

from tests.enrichment.senders import send, stored, view, work

FULL = 10_000


def test_a_full_batch_of_ids_is_not_too_long_for_a_server(acme, http_engine):
    ids = [f"id-{number:05}" for number in range(FULL)]
    send(acme, *[view(event_id=name, event_time="2026-03-01T00:00:00Z") for name in ids])
    work(http_engine)
    assert sorted(stored(http_engine, acme)) == ids
