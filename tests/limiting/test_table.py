"""The table of limits is what operators read about it."""

from warehouse.env import BASE
from warehouse.limiting.counting import SENTENCES
from warehouse.limiting.table import LIMITS, LOGIN_ACCOUNT, LOGIN_ADDRESS
from warehouse.limiting.window import SLICES

QUOTAS = {
    "organization": "`requests_per_minute`",
    "caller": "four fifths of it",
    "events": "`events_per_minute`",
    "login-account": str(LOGIN_ACCOUNT),
    "login-address": str(LOGIN_ADDRESS),
}


def test_the_page_for_operators_has_every_limit_as_it_is():
    rows = [
        f"| `{limit.name}` | {QUOTAS[limit.name]} | {limit.seconds} s | {limit.counts} | "
        f"{limit.without_redis} | {limit.why} |"
        for limit in LIMITS.values()
    ]
    assert "\n".join(rows) in (BASE / "docs" / "limits.md").read_text()


def test_every_limit_has_its_sentence_and_whole_slices():
    assert LIMITS.keys() == SENTENCES.keys()
    assert all(limit.seconds * 1000 % SLICES == 0 for limit in LIMITS.values())
