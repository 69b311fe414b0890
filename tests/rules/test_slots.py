"""The names under which a rule's conditions store values."""

import pytest

from asngraph.errors import RuleError
from asngraph.rules.bindings import same, same_if_defined
from asngraph.rules.rule import Rule


def test_two_conditions_that_store_values_of_different_columns_need_different_names() -> None:
    first, second = same("filter", "pupil"), same_if_defined("filter")
    with pytest.raises(RuleError, match=r"^A: two conditions store their value as 'filter', .*another name with \.as_"):
        Rule("A", "", "image3", 3, "x", conditions=(first, second))
    rule = Rule("A", "", "image3", 3, "x{element}", conditions=(first, second.as_("element"), same("filter", "pupil")))
    assert len(rule.conditions) == 3
