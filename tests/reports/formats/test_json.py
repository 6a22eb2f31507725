"""JSON made from what is stored is what was first answered, byte for byte."""

import json

from hypothesis import given, settings

from tests.reports.results import TRICKY, made, tables
from warehouse import document


@settings(max_examples=150, deadline=None)
@given(tables())
def test_json_from_the_stored_file_is_what_was_computed(result):
    assert made(result, "json") == result.body()


def test_what_is_written_is_json():
    found = json.loads(made(TRICKY, "json"))
    assert [column["name"] for column in found["columns"]] == ["=name", "value", "flag"]
    assert found["rows"][0] == ['=HYPERLINK("x")', -1.5, True]
    assert found["rows"][6] == [None, None, None]
    assert found["totals"] is None


def test_columns_are_read_as_they_were_described():
    assert document.columns_of(document.described(TRICKY.columns)) == TRICKY.columns
