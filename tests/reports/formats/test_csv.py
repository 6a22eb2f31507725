"""CSV: every cell, and none that a spreadsheet would run."""

import csv
import io
import json
from datetime import datetime

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


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize("begin", ["1970-01-01T00:00:00Z", "2026-11-01T03:00:00Z"])
def test_times_are_those_of_json_where_clocks_are_turned_and_where_not(zone, begin):
    first = int(datetime.fromisoformat(begin).timestamp()) * 1_000_000
    pages = [
        [[at * 60_000_000 for at in span], [at * 60_000_000 + 1_999 for at in span]]
        for hour in range(8)
        for span in [range(first // 60_000_000 + hour * 60, first // 60_000_000 + hour * 60 + 60)]
    ]
    columns = (Column("time", "time", "dimension"), Column("event_time", "time", "dimension"))
    result = Result(*pages, columns=columns, zone=zone)
    assert read(result)[1:] == json.loads(made(result, "json"))["rows"]


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
