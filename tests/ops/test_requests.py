"""Every request is measured under its method and status, and odd methods share one label."""

import pytest
from django.http import HttpResponse

from warehouse.ops.metrics import REQUESTS
from warehouse.ops.requests import measure


def counted(method, status):
    """Return how many requests have been measured."""
    labels = {"method": method, "status": status}
    samples = (sample for family in REQUESTS.collect() for sample in family.samples)
    return sum(s.value for s in samples if s.name.endswith("_count") and s.labels == labels)


@pytest.mark.parametrize(
    ("sent", "label"), [("GET", "GET"), ("DELETE", "DELETE"), ("BREW", "other")]
)
def test_a_request_is_measured(rf, sent, label):
    before = counted(label, "418")
    answer = measure(lambda request: HttpResponse(status=418))(rf.generic(sent, "/"))
    assert answer.status_code == 418
    assert counted(label, "418") == before + 1
