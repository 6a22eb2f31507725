"""Studies of histories, each as the API takes it and as SQL that an analyst would write by hand."""

import clickhouse_connect
import orjson

from tests.benchmarks.analysis import cohorts, credit, funnels
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.asking import Asker
from tests.benchmarks.figures import Ratio, show
from warehouse.sources.address import Address

ROUNDS = 3


def run(url, asker: Asker, stored: int) -> list[Ratio]:
    """Measure every study against its bare counterpart at the size there is."""
    found = []
    client = clickhouse_connect.get_client(**Address(url).options)
    try:
        for study in (*funnels.STUDIES, *cohorts.STUDIES, *credit.STUDIES):
            found.append(measure(asker, client, study, stored))
            show(found[-1])
    finally:
        client.close()
    return found


def measure(asker, client, study, stored):
    """Return one study against its counterpart; raises where the two must agree and do not."""

    def ours():
        return orjson.loads(asker.study(study.kind, study.asked))

    def bare():
        return client.query(study.sql, parameters={"organization": asker.organization}).result_rows

    if study.same and not study.same(ours(), bare()):
        raise AssertionError(f"{study.name}: the engine and the hand-written SQL differ")
    whole, part = turns(ours, bare, ROUNDS)
    name = f"{study.name}, {stored / 1e6:.0f} M events"
    return Ratio(name, whole, part, "ms", study.aim, at_most=True)
