"""Rows of our own statements are the models that Django loads."""

import pytest
from django.db import connection

from reports.models import Job, Report
from tests.reports.builders import after, claim, submit
from warehouse.rows import Rows
from warehouse.tenancy.models import Organization

pytestmark = pytest.mark.django_db


def selected(model):
    rows = Rows(model)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows.columns('one')} FROM {model._meta.db_table} one")
        return [rows.read(row) for row in cursor.fetchall()]


@pytest.mark.parametrize("model", [Job, Report, Organization])
def test_a_row_is_what_django_loads(acme, model):
    acme.currency_rates = {"EUR": "1.08"}
    acme.save()
    submit(acme, question="waiting", now=after(1))
    submit(acme)
    claim()
    found, loaded = selected(model), list(model.objects.order_by("pk"))
    assert sorted(map(values, found), key=str) == sorted(map(values, loaded), key=str)
    assert not any(row._state.adding for row in found)


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("name", ["lease_until", "owner", "error", "state", "fraction"])
def test_an_adapted_value_comes_back_as_it_was(acme, name):
    rows = Rows(Job)
    submit(acme)
    job = claim()
    job.error = {"code": "x"}
    with connection.cursor() as cursor:
        change = f"UPDATE reports_job SET {name} = %s RETURNING {rows.columns()}"
        cursor.execute(change, [rows.adapted(name, getattr(job, name))])
        assert getattr(rows.read(cursor.fetchone()), name) == getattr(job, name)
