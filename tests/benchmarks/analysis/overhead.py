"""The engine's whole time for a question against SQL written by hand, on the same raw events."""

from statistics import geometric_mean

import clickhouse_connect

from tests.benchmarks.analysis.by_hand import QUESTIONS, same
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.asking import table_of
from tests.benchmarks.figures import Ratio, say, show
from warehouse.sources.address import Address

AIM = 1.15


def run(url, asker):
    """Print and return the ratios; JSON in to JSON out against a query whose rows are fetched."""
    say("The engine, JSON in to JSON out, against SQL written by hand: a month of raw events")
    client = clickhouse_connect.get_client(**Address(url).options)
    try:
        ratios = [ratio for one in QUESTIONS if (ratio := _ratio(one, asker, client))]
    finally:
        client.close()
    if ratios:
        value = geometric_mean(ratio.value for ratio in ratios)
        say(f"  all of them, geometric mean: {value:.2f}×")
    return ratios


def _ratio(question, asker, client):
    parameters = {"organization": asker.organization}

    def by_hand():
        return client.query(question.sql, parameters=parameters).result_rows

    def ours():
        return asker.answer(question.body, raw=True)

    answer = ours()
    if table_of(answer) != "events":
        say(f"  {question.name}: left out, it was answered from {table_of(answer)}")
        return None
    if not same(answer, by_hand()):
        raise AssertionError(f"{question.name}: the engine and the hand-written SQL differ")
    whole, bare = turns(ours, by_hand)
    ratio = Ratio(f"engine / by hand: {question.name}", whole, bare, "ms", AIM, at_most=True)
    show(ratio)
    return ratio
