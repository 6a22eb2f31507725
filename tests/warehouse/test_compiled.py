"""Plans and statements are kept by shape, and nothing of whoever asked first stays in them."""

import pytest

from tests.warehouse.test_language import parse
from warehouse.sql import compiled
from warehouse.sql.compiled import compile_query


def asked(value, organization, **more):
    leaf = {"field": "source", "operator": "eq", "value": value}
    body = {"filters": [leaf], "period": "last_7_days"} | more
    return parse(body, organization=organization)


def test_one_shape_is_written_once_with_the_values_of_each():
    compiled.forget()
    first, second = (compile_query(asked(*who))[1] for who in (("a", "o1"), ("b", "o2")))
    assert first.text is second.text
    assert {"a", "o1"} <= set(map(str, first.parameters.values()))
    assert {"b", "o2"} <= set(map(str, second.parameters.values()))


@pytest.mark.parametrize(
    "more",
    [
        {"period": "last_30_minutes"},
        {"granularity": "day"},
        {"timezone": "Asia/Kathmandu", "granularity": "day"},
        {"include_bots": True},
        {"sample": 0.5},
        {"compare": "previous_period"},
        {"metrics": ["visitors"], "exact": True},
        {"filters": [{"field": "source", "operator": "matches", "value": "a{40}"}]},
    ],
)
def test_what_changes_the_text_is_another_shape(more):
    compiled.forget()
    plain = compile_query(asked("a", "o1"))[1].text
    other = compile_query(asked("a", "o1", **more))[1].text
    assert plain != other


def test_nothing_of_a_question_is_kept():
    compiled.forget()
    secret = "secret-of-whoever-asked-first"
    many = [{"field": "path", "operator": "in", "values": [secret, "x"]}]
    compile_query(asked(secret, "o1", filters=many))
    ((plan, template),) = compiled._kept.values()
    held = [cell.cell_contents for _, read in template.slots for cell in read.__closure__ or ()]
    assert held
    assert secret not in repr((plan, template.text, held))
