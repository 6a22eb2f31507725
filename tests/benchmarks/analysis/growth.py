"""Makes the set as large as asked and asks the same two questions at each size it reaches."""

from tests.benchmarks.analysis import place, rollups
from tests.benchmarks.analysis.turns import milliseconds
from tests.benchmarks.asking import derive, table_of
from tests.benchmarks.figures import Figure, say, show
from tests.benchmarks.traffic.growing import Full, Growing
from warehouse.sql.statement import Statement

AIM = 500_000
BARE_ROWS = 4_000_000
BEST_OF = 3
# Counting all sessions anew, layer after layer, would take longer than all the rest.
SESSIONS_UP_TO = 25_000_000
SPANS = {"month": None, "whole range": {"start": "2026-01-01", "end": "2026-04-02"}}
BARE = (
    "CREATE TABLE IF NOT EXISTS traffic.bare AS trellis.analytics_events",
    "DROP TABLE IF EXISTS traffic.bare SYNC",
)


def run(clickhouse, folder, asker, rows):
    """Grow the set; prints the table of sizes and returns the rates of writing."""
    say(f"Traffic: {rows:,} events in {folder}")
    growing = Growing(clickhouse, folder)
    figures, lines = [], []
    try:
        for growth in growing.grow(rows):
            if growth.rows:
                figures = _rates(growing.stored(), growth, place.settle(clickhouse))
                if growing.stored() <= SESSIONS_UP_TO:
                    figures.append(_sessions(clickhouse, growing.stored()))
            # A kept set grows on from its end: there is nothing to ask at sizes passed long ago.
            if growth.rows or growth.total >= rows:
                lines.append(_line(growing.stored(), asker))
        if figures:
            figures.append(_bare(clickhouse, growing, rows))
    except Full as full:
        say(f"  stopped at {growing.stored():,} events of {rows:,}: {full}")
        lines.append(_line(growing.stored(), asker))
    for figure in figures:
        show(figure)
    _table(lines)
    return figures


def _rates(stored, growth, merging):
    """Print and return how quickly a layer was written, and written and merged."""
    written = growth.rows / growth.seconds
    merged = growth.rows / (growth.seconds + merging)
    say(
        f"  {stored:,} events, {growth.rows:,} of them now: {growth.seconds:.1f} s,"
        f" {growth.processor / growth.rows * 1e6:.1f} µs of processor each;"
        f" merging took {merging:.1f} s more"
    )
    return [
        Figure("writing events and what hangs on them", written, "rows/s", AIM, at_most=False),
        Figure("the same, until all is merged", merged, "rows/s", None),
    ]


def _sessions(clickhouse, stored):
    """Return the rate at which the sessions of all events are counted anew."""
    seconds = milliseconds(lambda: derive(clickhouse)) / 1000
    return Figure("counting sessions of events", stored / seconds, "rows/s", None)


def _bare(clickhouse, growing, rows):
    """Return the rate into a table of the same columns on which nothing hangs."""
    create, drop = BARE
    clickhouse.command(Statement(drop))
    clickhouse.command(Statement(create))
    layers = growing.layers(rows)
    written = []
    taken = milliseconds(
        lambda: written.append(
            growing.write("traffic.bare", layers[-1], len(layers) - 1, BARE_ROWS)
        )
    )
    clickhouse.command(Statement(drop))
    return Figure("events alone", written[0] / taken * 1000, "rows/s", AIM, at_most=False)


def _line(stored, asker):
    """Return the best seconds of each question, from raw events and as the planner likes."""
    line = [f"{stored:,}"]
    for span in SPANS.values():
        for metrics in (rollups.ADDITIVE, [*rollups.ADDITIVE, "visitors"]):
            line += _seconds(asker, rollups.body(metrics, span=span))
    return line


def _seconds(asker, body):
    def raw():
        return asker.answer(body, raw=True)

    def rolled():
        return asker.answer(body)

    same = table_of(raw()) == table_of(rolled())
    return [_best(raw), "-" if same else _best(rolled)]


def _best(work):
    return f"{min(milliseconds(work) for _ in range(BEST_OF)) / 1000:.3f}"


def _table(lines):
    """Print what was found as a table of a document."""
    names = [
        f"{span}{more}, {kind}"
        for span in SPANS
        for more in ("", " with visitors")
        for kind in ("raw", "rollup")
    ]
    say("  Seconds by day and source, the organization with half of the rows, best of three:")
    say(f"| rows | {' | '.join(names)} |")
    say(f"|{' --- |' * (len(names) + 1)}")
    for line in lines:
        say(f"| {' | '.join(line)} |")
