"""CSV: every cell, and none that a spreadsheet would run."""

import csv
import io
import json

import pytest
from hypothesis import given, settings

from tests.reports.builders import Result
from tests.reports.results import TRICKY, made, tables
from warehouse.planner.plan import Column

RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def read(result):
    text = made(result, "csv").decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def words(*cells):
    return Result([list(cells)], columns=(Column("word", "string", "dimension"),))


@pytest.mark.parametrize("first", RUN)
def test_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(first):
    assert read(words(f"{first}1", f"a{first}1")) == [["word"], [f"'{first}1"], [f"a{first}1"]]


def test_numbers_stay_numbers():
    assert [row[1] for row in read(TRICKY)[1:4]] == ["-1.5", "10", "1e+20"]


def test_names_of_columns_are_defused_too():
    assert read(TRICKY)[0] == ["'=name", "value", "flag"]


def test_lines_end_as_the_standard_says_and_quotes_stand_where_they_are_needed():
    assert made(words("plain", 'a"b', "c,d"), "csv") == b'word\r\nplain\r\n"a""b"\r\n"c,d"\r\n'


def test_an_absent_cell_of_an_only_column_is_a_row_still():
    assert read(words("a", None, "b")) == [["word"], ["a"], [""], ["b"]]


def test_an_empty_result_has_only_a_header():
    assert made(Result(), "csv") == b"n\r\n"


@settings(max_examples=150, deadline=None)
@given(tables())
def test_every_cell_is_there_as_json_has_it(result):
    rows = json.loads(made(result, "json"), parse_float=str, parse_int=str)["rows"]
    kinds = [column.kind for column in result.columns]
    found = read(result)[1:]
    assert len(found) == len(rows)
    for row, shown in zip(found, rows, strict=True):
        assert row == [
            plain(kind, cell, seen) for kind, cell, seen in zip(kinds, shown, row, strict=True)
        ]


def plain(kind, cell, seen):
    if cell is None:
        return ""
    if kind == "boolean":
        return "true" if cell else "false"
    if kind == "number":  # the same number, perhaps written in another way
        return seen if float(seen) == float(cell) else cell
    if kind == "string" and cell.startswith(RUN):
        return f"'{cell}"
    return cell
