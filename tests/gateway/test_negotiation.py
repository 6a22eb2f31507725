"""Which media type fits an Accept header."""

import pytest

from warehouse.exceptions import NotAcceptable
from warehouse.gateway.negotiation import preferred, require_acceptable

OFFERED = ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("application/json;q=0, */*;q=0.1", "text/csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("APPLICATION/JSON; charset=utf-8", "application/json"),
        ("text/html", None),
        ("text/csv;q=x", None),
        (",", None),
    ],
)
def test_the_most_specific_range_decides(accept, chosen):
    assert preferred(accept, OFFERED) == chosen


def test_what_nobody_offers_is_refused_by_name():
    with pytest.raises(NotAcceptable, match="application/json, text/csv"):
        require_acceptable("image/png", OFFERED)
