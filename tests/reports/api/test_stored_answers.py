"""An answer in time comes from the cache if it is this very result, else from what is stored."""

import json
from dataclasses import replace

from django.test import RequestFactory

from reports.api import answers
from reports.api.preferences import Preferences
from reports.models import Report
from tests.reports.doors import asked
from warehouse.engine import Answer

WANTED = Preferences(wait=1, fresh=False, applied="")


def again(look):
    """Answer the only report once more, with what `look` finds in the cache."""
    report = Report.objects.select_related("job").get()
    return answers.in_time(RequestFactory().get("/"), report, WANTED, look)


def kept_of(answer):
    at = Report.objects.get().created_at
    return Answer(answer.content, answer["ETag"], at, 60, 2, "l2", "kept")


def test_without_a_cache_the_same_bytes_come_from_the_store(caller, worker, clicks):
    first = asked(caller)
    assert first.status_code == 200
    found = again(lambda: None)
    assert (found.content, found["ETag"]) == (first.content, first["ETag"])


def test_what_the_cache_has_of_this_result_is_taken(caller, worker, clicks):
    first = asked(caller)
    marked = replace(kept_of(first), body=b"from the cache")
    assert again(lambda: marked).content == b"from the cache"


def test_what_another_computation_has_left_is_not(caller, worker, clicks):
    first = asked(caller)
    other = replace(kept_of(first), body=b"another", etag='"another"')
    assert again(lambda: other).content == first.content


def test_an_answer_too_large_for_the_cache_has_a_tag_too(caller, worker, clicks):
    first = asked(caller)
    report = Report.objects.get()
    report.job.result_etag = ""
    report.job.save()
    found = again(lambda: None)
    assert json.loads(found.content) == json.loads(first.content)
    assert found["ETag"] == caller.head(f"/api/v1/reports/{report.pk}/result")["ETag"]
