"""Conditions that users write: what they mean, and what is said of those that are wrong."""

from __future__ import annotations

import operator
import re
from functools import reduce
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asngraph.errors import ConditionError
from asngraph.model.column import Column, is_defined
from asngraph.rules.conditions import Equal, parse_condition
from asngraph.rules.predicates import And, Contains, Defined, Not, Or, Predicate

TABLE = pd.DataFrame(
    {
        "filter": ["f200w", "f150w", "f200w2", "null", "and"],
        "obs_num": ["1", "002", "5", "12", "null"],
        "exp_type": ["nrc_image", "nrs_wata", "mir_mrs", "mir_mrs", "nrc_image"],
        "targname": ["ngc 3132", "sky (east)", "o'neill", "hd-1", "a, b"],
    }
)
FACTS = {name: Column.of(TABLE[name]) for name in TABLE}


def rows(text: str, **options: Any) -> list[int]:
    """Return the numbers of the rows that meet a condition, from 0."""
    return [int(row) for row in parse_condition(text, **options).predicate.mask(FACTS).nonzero()[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("filter is f200w", [0]),
        ("FILTER F200W", [0]),
        ("filter=f200w", [0]),
        ("filter != f200w", [1, 2, 3, 4]),
        ("obs_num in 1-5", [0, 1, 2]),
        ("obs_num in 1, 12", [0, 3]),
        ("obs_num in (2, 5-20)", [1, 2, 3]),
        ("obs_num not in 1-5", [3, 4]),
        ("obs_num 2", [1]),
        ("obs_num < 5", [0, 1]),
        ("obs_num >= 5", [2, 3]),
        ("not exp_type nrs_wata", [0, 2, 3, 4]),
        ("filter is f200w or f150w", [0, 1]),
        ("filter f200w or f150w and exp_type nrc_image", [0]),
        ("filter f200w or exp_type mir_mrs and obs_num 5", [0, 2]),
        ("(filter f200w or exp_type mir_mrs) and obs_num 5", [2]),
        ("filter f200w, f150w or f200w2", [0, 1, 2]),
        ("filter is not f200w or f150w", [2, 3, 4]),
        ("filter contains 200", [0, 2]),
        ("filter does not contain 200", [1, 3, 4]),
        ("filter is defined", [0, 1, 2, 4]),
        ("filter is undefined", [3]),
        ("filter is null or and_", [3]),
        ("filter is not defined", [3]),
        ("filter 'and' or f150w", [1, 4]),
        ("targname 'sky (east)' or \"o'neill\"", [1, 2]),
        ("targname 'a, b'", [4]),
        ("not not filter f200w", [0]),
    ],
)
def test_what_a_condition_means(text: str, expected: list[int]) -> None:
    assert rows(text) == expected


def test_values_from_a_file() -> None:
    assert rows("targname in @names.txt and obs_num 5-12 or 12", values_of={"names.txt": ["HD-1", "x"]}.get) == [3]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", 1, "expected a column"),
        ("filter", 7, "expected a value of filter"),
        ("filter is f200w f150w", 17, "expected and, or, or the end, not 'f150w'"),
        ("filter f200w and", 17, "expected a column"),
        ("(filter f200w", 14, "expected a closing bracket"),
        ("filter (", 8, "expected a value of filter"),
        ("filter 'f200w", 8, "quotes come in pairs"),
        ("obs_num < many", 11, "'many' is not a number"),
        ("'filter' is f200w", 1, "expected a column"),
        ("(" * 1000, 51, "is nested too deeply"),
        ("not " * 1000, 201, "is nested too deeply"),
    ],
)
def test_an_error_has_its_place(text: str, place: int, said: str) -> None:
    with pytest.raises(ConditionError, match=re.escape(said)) as raised:
        parse_condition(text)
    assert raised.value.place == place
    assert f"column {place}: " in str(raised.value)


def test_unknown_columns_and_values_bring_suggestions() -> None:
    with pytest.raises(ConditionError, match=r"column 18: unknown column fliter; did you mean filter\?"):
        parse_condition("obs_num in 1 and fliter f200w").check(FACTS, FACTS)
    (note,) = parse_condition("obs_num 2 and not filter f220w").check(FACTS, FACTS)
    assert note.endswith("column 26: no exposure has filter f220w; did you mean f200w or f200w2 or f150w?")
    (note,) = parse_condition("exp_type fgs").check(FACTS, FACTS)
    assert note.endswith("it is nrc_image, nrs_wata, mir_mrs")


FIELDS = st.sampled_from(list(TABLE))
VALUES = st.sampled_from(sorted({text for name in TABLE for text in TABLE[name] if is_defined(text)}))
TESTS = st.builds(Equal, FIELDS, VALUES) | st.builds(Defined, FIELDS)
TESTS |= st.builds(Contains, FIELDS, st.sampled_from(["200", "nr", "1", "mir"]))
PREDICATES = st.recursive(
    TESTS,
    lambda parts: (
        parts.map(Not)
        | st.lists(parts, min_size=2, max_size=3).map(lambda some: And(tuple(some)))
        | st.lists(parts, min_size=2, max_size=3).map(lambda some: Or(tuple(some)))
    ),
    max_leaves=8,
)


def plain(predicate: Predicate, row: int) -> bool:
    """Evaluate a predicate on one row: the plain definition."""
    if isinstance(predicate, And | Or):
        meet = operator.and_ if isinstance(predicate, And) else operator.or_
        return reduce(meet, (plain(part, row) for part in predicate.parts))
    if isinstance(predicate, Not):
        return not plain(predicate.part, row)
    text = TABLE[predicate.field][row]  # type: ignore[attr-defined]
    if isinstance(predicate, Equal):
        same = text.isdigit() and predicate.value.isdigit() and int(text) == int(predicate.value)
        return text == predicate.value or same
    return text != "null" and (isinstance(predicate, Defined) or predicate.word in text)  # type: ignore[attr-defined]


@given(PREDICATES)
def test_the_words_in_which_rules_are_printed_are_understood(predicate: Predicate) -> None:
    again = parse_condition(predicate.text).predicate
    expected = [row for row in range(len(TABLE)) if plain(predicate, row)]
    assert [int(row) for row in again.mask(FACTS).nonzero()[0]] == expected


WORDS = ["filter", "is", "f1", "not", "and", "or", "(", ")", ",", "in", "1-2", "<", "'"]


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_condition_or_an_error_with_its_place(text: str) -> None:
    try:
        parsed = parse_condition(text)
    except ConditionError as error:
        assert 1 <= error.place <= len(text) + 1
    else:
        assert parsed.fields
