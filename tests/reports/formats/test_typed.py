"""Parquet, Arrow and spreadsheets: real types, and text as it is."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from reports import parquet
from reports.formats import xlsx
from tests.reports.builders import Result
from tests.reports.results import TRICKY, made, many, packed, rows_of, tables
from warehouse.planner.plan import Column

EVERY = Result(
    [
        [1_700_000_000_000_000],
        [19_675],
        ["=1+1"],
        [9_007_199_254_740_993],
        [Decimal("12.3400")],
        [0.5],
        [True],
    ],
    [[1_700_003_600_000_000], [None], [None], [5], [None], [None], [None]],
    columns=(
        Column("time", "time", "dimension"),
        Column("event_date", "date", "dimension"),
        Column("source", "string", "dimension"),
        Column("events", "integer", "metric"),
        Column("revenue", "decimal", "metric"),
        Column("rate", "number", "metric"),
        Column("is_mobile", "boolean", "dimension"),
    ),
    zone="Europe/Berlin",
)
TYPES = {
    "time": pa.timestamp("us", tz="UTC"),
    "event_date": pa.date32(),
    "source": pa.string(),
    "events": pa.int64(),
    "revenue": pa.decimal128(38, 4),
    "rate": pa.float64(),
    "is_mobile": pa.bool_(),
}
FIRST = {
    "time": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    "event_date": date(2023, 11, 14),
    "source": "=1+1",
    "events": 9_007_199_254_740_993,
    "revenue": Decimal("12.3400"),
    "rate": 0.5,
    "is_mobile": True,
}


@pytest.fixture(params=["parquet", "arrow"])
def table(request):
    """The result as a reader of the format has it."""
    if request.param == "parquet":
        return pq.read_table(io.BytesIO(packed(EVERY)))
    return pa.ipc.open_file(io.BytesIO(made(EVERY, "arrow"))).read_all()


def test_columns_have_their_natural_types(table):
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == TYPES
    assert table.to_pylist()[0] == FIRST
    assert table.to_pylist()[1]["source"] is None


def test_a_file_says_all_of_itself(table):
    assert table.schema.metadata[b"trellis.timezone"] == b'"Europe/Berlin"'
    assert table.schema.metadata[b"trellis.columns"].startswith(b'[{"name":"time"')
    assert b"trellis.granularity" in table.schema.metadata


def test_what_stands_behind_the_rows_is_in_the_file():
    kept = parquet.Kept(io.BytesIO(packed(EVERY)))
    assert (kept.rest, kept.rows, kept.zone) == (EVERY.rest, 2, "Europe/Berlin")


def test_the_libraries_people_use_open_it(tmp_path):
    for name in ("parquet", "arrow"):
        path = tmp_path / f"result.{name}"
        path.write_bytes(packed(EVERY) if name == "parquet" else made(EVERY, "arrow"))
        opened = pl.read_parquet(path) if name == "parquet" else pl.read_ipc(path)
        frame = pd.read_parquet(path) if name == "parquet" else pd.read_feather(path)
        assert opened["events"].to_list() == list(frame["events"]) == [9_007_199_254_740_993, 5]
        assert opened["revenue"].to_list()[0] == Decimal("12.3400")


@settings(max_examples=60, deadline=None)
@given(tables())
def test_nothing_is_lost_in_the_stored_file(result):
    found = pq.read_table(io.BytesIO(packed(result)))
    for column in result.columns:
        if column.kind in ("date", "time"):
            plain = found[column.name].cast(parquet.SENT_AS[column.kind])
            found = found.set_column(found.schema.get_field_index(column.name), column.name, plain)
    assert [tuple(row.values()) for row in found.to_pylist()] == rows_of(result)


def test_row_groups_are_bounded():
    whole = pq.ParquetFile(io.BytesIO(packed(many(150_000)))).metadata
    sizes = [whole.row_group(each).num_rows for each in range(whole.num_row_groups)]
    assert sum(sizes) == 150_000
    assert max(sizes) <= parquet.GROUP_ROWS


def sheet_of(result):
    return openpyxl.load_workbook(io.BytesIO(made(result, "xlsx"))).active


def test_a_sheet_has_real_numbers_days_and_times_of_the_zone():
    header, first, second = sheet_of(EVERY).iter_rows(values_only=True)
    assert header == tuple(TYPES)
    assert first[0] == datetime(2023, 11, 14, 23, 13, 20)  # noqa: DTZ001  a sheet knows no zones
    assert first[1] == datetime(2023, 11, 14)  # noqa: DTZ001
    assert first[4:] == (12.34, 0.5, True)
    assert second[1:3] == (None, None)
    assert second[3] == 5


def test_a_number_too_long_for_a_spreadsheet_keeps_its_digits():
    assert sheet_of(EVERY)["D2"].value == "9007199254740993"


def test_text_in_a_sheet_is_text_and_stays_it_when_it_is_edited():
    sheet = sheet_of(TRICKY)
    for row in range(1, 6):
        cell = sheet.cell(row=row, column=1)
        assert cell.data_type in ("s", "inlineStr"), cell.value
        assert cell.quotePrefix
    assert sheet["A2"].value == '=HYPERLINK("x")'
    assert not sheet["A7"].quotePrefix


def test_a_sheet_of_one_result_is_the_same_file_whenever_it_is_made():
    """No time in it is that of its making: neither what it tells of itself nor its parts' own."""
    rest = b'{"totals":null,"meta":{"computed_at":"2024-03-01T12:34:56.789Z"}}'
    content = made(Result([[1]], rest=rest), "xlsx")
    told = openpyxl.load_workbook(io.BytesIO(content)).properties
    assert told.created == told.modified == datetime(2024, 3, 1, 12, 34, 56)  # noqa: DTZ001
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
    assert made(Result([[1]], rest=rest), "xlsx") == content


def test_a_sheet_of_a_result_that_does_not_say_when_it_was_computed_is_the_same_too():
    told = openpyxl.load_workbook(io.BytesIO(made(EVERY, "xlsx"))).properties
    assert told.created == told.modified == xlsx.UNKNOWN
