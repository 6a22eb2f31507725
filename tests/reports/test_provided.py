"""Formats while others act: the first is named, what nobody may read leaves no file behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections

from reports import expiry, jobs, lifecycle, results
from reports.formats import FORMATS
from reports.models import ResultFile
from reports.stores import store
from tests.reports.builders import KEEP, NOON, after, claim, counts, fresh, submit
from tests.reports.meddling import meddle, once, refuse
from tests.reports.results import TRICKY, stored_job
from warehouse.exceptions import Gone, SourceUnavailable


def files_of(job):
    return {f"{results.folder(job)}/{name}" for name in store().names(results.folder(job))}


def delete(job):
    for report in job.reports.all():
        jobs.delete(report, now=after(2))


def expire(job):
    expiry.expire(now=after(1) + KEEP)


@pytest.mark.parametrize("moment", ["drafting", "drafted"])
@pytest.mark.parametrize("go", [delete, expire])
def test_a_format_of_a_result_that_goes_meanwhile_goes_too(acme, settings, go, moment):
    job = stored_job(acme, TRICKY)
    meddle(settings, **{moment: once(lambda: go(job))})
    with pytest.raises(Gone):
        results.provide(job, "csv")
    assert files_of(job) == set()
    assert not ResultFile.objects.exists()


def test_a_format_is_named_while_another_report_shows_its_result(acme, settings):
    first, second = submit(acme), submit(acme)
    job = claim()
    lifecycle.succeed(job, results.write(job, TRICKY).as_columns(), now=after(1), keep=KEEP)
    meddle(settings, drafted=once(lambda: jobs.delete(fresh(first), now=after(2))))
    assert results.provide(job, "csv") == results.find(job, FORMATS["csv"])
    jobs.delete(fresh(second), now=after(2))
    assert (files_of(job), counts()) == (set(), (0, 0))


def test_of_two_makers_the_first_is_named_and_the_others_file_goes(acme, settings):
    job = stored_job(acme, TRICKY)
    first = []
    meddle(settings, drafted=once(lambda: first.append(results.provide(job, "csv"))))
    assert [results.provide(job, "csv")] == first
    assert files_of(job) == {job.result_name, first[0].name}


@pytest.mark.django_db(transaction=True)
def test_however_many_make_it_at_once_all_get_the_one_that_is_named(acme, settings):
    job = stored_job(acme, TRICKY)
    all_made = threading.Barrier(4, timeout=20)
    meddle(settings, drafted=lambda _: all_made.wait())

    def provide(_):
        try:
            return results.provide(job, "csv")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        provided = set(pool.map(provide, range(4)))
    assert provided == {results.find(job, FORMATS["csv"])}
    assert len(files_of(job)) == 2


def test_what_earlier_attempts_left_goes_and_what_was_made_since_stays(acme):
    submit(acme)
    old = claim()
    assert lifecycle.hand_back(old, now=NOON)
    job = claim()
    stored = results.write(job, TRICKY)
    assert lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=KEEP)
    made = results.provide(job, "csv")
    made_by_export = results.make(job, FORMATS["json"], "export-1-1")
    results.write(old, TRICKY)
    results.discard_unnamed(job)
    assert files_of(job) == {stored.name, made.name, made_by_export.name}


def test_a_store_that_refuses_to_delete_them_costs_the_job_nothing(acme, settings):
    submit(acme)
    old = claim()
    results.write(old, TRICKY)
    old.attempt += 1
    meddle(settings, deleting=refuse)
    results.discard_unnamed(old)
    assert len(files_of(old)) == 1


def flipped(whole, at):
    return whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"not parquet at all",
        lambda whole: whole[:-20],
        lambda whole: flipped(whole, 5),
        lambda whole: flipped(whole, whole.index(b"trellis.columns") + 10),
        lambda whole: whole.replace(b'"role"', b'"rule"'),
    ],
    ids=["empty", "alien", "cut", "page", "name", "words"],
)
def test_a_damaged_result_is_gone_and_says_what_to_do(acme, damage):
    job = stored_job(acme, TRICKY)
    path = Path(store().where) / job.result_name
    path.write_bytes(damage(path.read_bytes()))
    for ask in (results.body, lambda job: results.provide(job, "csv")):
        with pytest.raises(Gone, match="ask for the report again"):
            ask(job)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_store_that_cannot_be_read_is_not_taken_for_damage(acme):
    job = stored_job(acme, TRICKY)
    path = Path(store().where) / job.result_name
    path.unlink()
    path.mkdir()
    with pytest.raises(SourceUnavailable):
        results.body(job)
