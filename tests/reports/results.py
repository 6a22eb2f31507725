"""Results of one's own for tests: columns of every kind, and stored ones."""

import io
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from reports import lifecycle, parquet, results
from reports.formats import FORMATS
from tests.reports.builders import KEEP, Result, after, claim, fresh, submit
from warehouse.planner.plan import Column

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo")
TRICKY = Result(
    [
        ['=HYPERLINK("x")', "+1", "@a", "-a", "\tb", 'quo"te, ü 🎈\n', None, "＝1", "\rc"],
        [-1.5, 10.0, 1e20, -3.0, 0.0, 0.25, None, 1.0, 2.0],
        [True, False, None, None, None, None, None, True, True],
    ],
    columns=(
        Column("=name", "string", "dimension"),
        Column("value", "number", "metric"),
        Column("flag", "boolean", "dimension"),
    ),
)
LARGEST = 2**63 - 1
DAYS = (datetime(1970, 1, 1, tzinfo=UTC).toordinal() - 719_163, 40_000)
CELLS = {
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    "integer": st.integers(-LARGEST - 1, LARGEST),
    "number": st.floats(allow_nan=False, allow_infinity=False).map(lambda one: round(one, 4)),
    "decimal": st.one_of(
        st.integers(-(10**12), 10**12),
        st.decimals(-(10**30), 10**30, places=4, allow_nan=False, allow_infinity=False),
    ),
    "boolean": st.booleans(),
    "date": st.integers(*DAYS),
    "time": st.integers(-(10**15), 2 * 10**15),
}
BUCKETS = st.integers(0, 2 * 10**9).map(lambda second: second * 1_000_000)


@st.composite
def tables(draw):
    """A result of any columns, in pages of any size, with nulls anywhere but in its time."""
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
    columns = [Column(f"c{place}", kind, "dimension") for place, kind in enumerate(kinds)]
    cells = [st.none() | CELLS[kind] for kind in kinds]
    if draw(st.booleans()):
        columns.insert(0, Column("time", "time", "dimension"))
        cells.insert(0, BUCKETS)
    sizes = draw(st.lists(st.integers(0, 5), max_size=4))
    pages = [[draw(st.lists(one, min_size=size, max_size=size)) for one in cells] for size in sizes]
    return Result(*pages, columns=tuple(columns), zone=draw(st.sampled_from(ZONES)))


def packed(result):
    """Return a result's Parquet file."""
    file = io.BytesIO()
    parquet.write(file, result)
    return file.getvalue()


def made(result, name):
    """Return a result in another format, made from its Parquet file."""
    file = io.BytesIO()
    FORMATS[name].write(parquet.Kept(io.BytesIO(packed(result))), file)
    return file.getvalue()


def rows_of(result):
    """Return a result's kept cells row by row; decimals as decimals."""
    kinds = [column.kind for column in result.columns]
    return [
        tuple(
            Decimal(cell) if kind == "decimal" and cell is not None else cell
            for kind, cell in zip(kinds, row, strict=True)
        )
        for page in result.pages
        for row in zip(*page, strict=True)
    ]


def stored_job(organization, result):
    """Return a succeeded job with this result."""
    submit(organization, question="stored", force=True)
    job = claim()
    stored = results.write(job, result)
    assert lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=KEEP)
    return fresh(job)


def many(rows, page=10_000):
    """Return a result of very many rows that is never whole in memory."""

    class Many(Result):
        def __iter__(self):
            for at in range(0, rows, page):
                numbers = range(at, min(at + page, rows))
                yield [[f"some text that takes its place {n}" for n in numbers], list(numbers)]

    columns = (Column("text", "string", "dimension"), Column("n", "integer", "metric"))
    return Many(columns=columns)
