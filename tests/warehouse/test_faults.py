"""What a caller is told of a name that is not known."""

import pytest

from warehouse.exceptions import InvalidRequest
from warehouse.language.faults import FEW, Faults


def told(name, known):
    faults = Faults()
    faults.unknown("operator", name, known)
    with pytest.raises(InvalidRequest) as raised:
        faults.raise_any()
    return raised.value.errors[0].detail


def test_the_nearest_names_are_told():
    assert told("betwen", {"between", "eq"}) == "'betwen' is not known here. Did you mean between?"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "null"), (True, "true"), ([1, "é"], '[1, "é"]'), ("é", "'é'")]
)
def test_what_is_no_text_is_told_as_json_and_near_to_nothing(value, shown):
    known = {"Turkey", "True", "None", *map(str, range(FEW))}
    assert told(value, known) == f"{shown} is not known here."


def test_with_none_near_all_are_told_if_they_are_few():
    assert told("equals", {"gt", "eq"}) == "'equals' is not known here. There are eq, gt."
    many = [f"name_{number}" for number in range(FEW + 1)]
    assert told("equals", many) == "'equals' is not known here."
