"""Parts of the engine by themselves: numbers, duplicates, nods, names of products, validity."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from asngraph.engine.completion import lacking
from asngraph.engine.draft import Draft, Member
from asngraph.engine.duplicates import prune
from asngraph.engine.nods import add_extracted_nods, overlap_reason, split_nods
from asngraph.engine.numbering import merge_level2, name, number, number_by_creation
from asngraph.engine.product_names import format_product, product_name
from asngraph.engine.result import Request
from asngraph.model.candidate import Candidate
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.rules.bindings import same
from asngraph.rules.rule import Rule

pytest.importorskip("hypothesis")
from hypothesis import given
from hypothesis import strategies as st

PATTERN = "jw{program}-{asn_id}_{target}_{instrument}_{optics}{-slit}{-subarray}_{mine}"
RULE = Rule("A", "", "image3", 3, PATTERN, conditions=(same("mine"),))
OBSERVATION = Candidate("o001", "observation")


class Bound:
    """What stands for a matcher: bound values, and the program's column."""

    def __init__(self, **values: str) -> None:
        self.values, self.facts = values, {"program": Column.of(["321"]), "fxd_slit": Column.of(["s200a1", "s400a1"])}

    def bound(self, _state: object, slot: str) -> str | None:
        return self.values.get(slot)


def draft(
    *members: Member, rule: Rule = RULE, candidate: Candidate = OBSERVATION, product: str = "", **bound: str
) -> Draft:
    edges: Any = SimpleNamespace(matcher=Bound(**bound), state=[None], collected=[set()])
    return Draft(rule, edges, 0, candidate, 0, 0, list(members), product=product)


def science(*names: str) -> list[Member]:
    return [Member(f"{each}_cal.fits", "science", number) for number, each in enumerate(names)]


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_count_by_candidate_and_type() -> None:
    spec, other = replace(RULE, name="B", asn_type="spec3"), Candidate("c1000", "mosaic")
    drafts = [draft(), draft(rule=spec), draft(), draft(candidate=other), draft()]
    number(drafts)
    assert [each.sequence for each in drafts] == [1, 1, 2, 1, 3]
    named = name(drafts[2], Request())
    assert named.name == "jw00321-o001_image3_00002"
    assert named.draft is drafts[2]


@pytest.mark.parametrize(
    ("stage", "discover", "expected"),
    [(3, True, [1, 1, 1, 2]), (2, True, [1, 1, 1, 2]), (3, False, [1, 2, 1, 3]), (2, False, [2, 3, 4, 5])],
)
def test_numbers_of_creation(stage: int, discover: bool, expected: list[int]) -> None:
    spec = replace(RULE, name="B", asn_type="spec3")
    drafts = [draft(), draft(candidate=Candidate("c1000", "mosaic")), draft(rule=spec), draft()]
    number_by_creation(drafts, stage, Request(discover=discover))
    assert [each.sequence for each in drafts] == expected


def test_merging_joins_products_of_one_name() -> None:
    stage2 = replace(RULE, name="B", asn_type="spec2", level=2)
    one, two = draft(*science("a"), rule=stage2, product="p"), draft(*science("a", "b"), rule=stage2, product="p")
    third = draft(*science("c"), rule=stage2, product="q")
    [merged] = merge_level2([name(each, Request()) for each in (one, two, third)])
    assert [(each.name, [member.expname for member in each.members]) for each in merged.products] == [
        ("p", ["a_cal.fits", "b_cal.fits"]),
        ("q", ["c_cal.fits"]),
    ]
    assert merged.merged == [one, two, third]
    assert one.members == science("a")


# --- Duplicates -------------------------------------------------------------------------------------------------------

MEMBERS = st.lists(
    st.builds(Member, st.sampled_from(["a_cal.fits", "b_cal.fits", "c_cal.fits"]), st.sampled_from(["science", "psf"])),
    min_size=1,
    max_size=3,
)
DRAFTS = st.lists(
    st.builds(
        lambda members, id_, product: draft(*members, candidate=Candidate(id_, "x"), product=product),
        MEMBERS,
        st.sampled_from(["o001", "o002", "c1000", "a3001"]),
        st.sampled_from(["p", "q"]),
    ),
    max_size=7,
)


def same_members(one: Draft, other: Draft) -> bool:
    """Each member once, the same names in the same roles."""
    pairs = [Counter((member.expname, member.exptype) for member in each.members) for each in (one, other)]
    names = [{expname for expname, _ in each} for each in pairs]
    return pairs[0] == pairs[1] and len(names[0]) == len(one.members) and len(names[1]) == len(other.members)


@given(DRAFTS)
def test_duplicates_are_as_compared_pair_by_pair(drafts: list[Draft]) -> None:
    """Of equals, that of the highest candidate id is kept, and of these the last."""
    kept, aside = prune(drafts)
    assert sorted(map(id, drafts)) == sorted([*map(id, kept), *(id(each.draft) for each in aside)])
    order = sorted(drafts, key=lambda each: each.candidate.id)
    duplicates = {
        id(one): order[max(place for place, other in enumerate(order) if same_members(one, other) or one is other)]
        for one in order
    }
    found = {id(each.draft): each.duplicate_of for each in aside if each.reason == "has the same members"}
    assert found == {key: best for key, best in duplicates.items() if key != id(best)}
    for each in aside:
        if each.reason != "has the same members":
            assert each.duplicate_of is not None
            assert each.draft.product == each.duplicate_of.product
            assert len(each.draft.members) < len(each.duplicate_of.members)


# --- Nods -------------------------------------------------------------------------------------------------------------


def nods(exp_type: str, slit: str, *numbers: str, points: str = "5", targets: str = "1") -> tuple[Draft, Facts]:
    targets = targets * len(numbers) if len(targets) == 1 else targets
    rows = [
        {"filename": f"n{place}_uncal.fits", "patt_num": number, "targetid": targets[place]}
        for place, number in enumerate(numbers)
    ]
    common = {"exp_type": exp_type, "fxd_slit": slit, "numdthpt": points, "subpxpts": "1", "subpxpns": "1"}
    facts = Facts(Pool.from_frame(pd.DataFrame([row | common for row in rows])))
    members = [Member(f"n{place}_rate.fits", "science", place) for place in range(len(rows))]
    return draft(*members, Member("t_rate.fits", "target_acquisition", 0)), facts


def backgrounds(some: tuple[Draft, Facts]) -> list[list[int]]:
    split = split_nods(*some)
    assert [each.members[0].exposure for each in split] == [each.anchor for each in split]
    assert all(each.members[-1].exptype == "target_acquisition" for each in split)
    return [[member.exposure for member in each.exposures("background")] for each in split]


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        (nods("nrs_fixedslit", "s200a1", "1", "2", "3"), [[1, 2], [0, 2], [0, 1]]),
        (nods("nrs_fixedslit", "s1600a1", "1", "2", "3"), [[2], [], [0]]),
        (nods("nrs_fixedslit", "s1600a1", "1", "2", "3", points="3"), [[1, 2], [0, 2], [0, 1]]),
        (nods("nrs_fixedslit", "s200a1", "1", "null"), [[], []]),
        (nods("nrs_msaspec", "null", "1", "null"), [[1], [0]]),
        (nods("nrs_msaspec", "null", "1", "1", "2"), [[2], [2], [0, 1]]),
        (nods("nrs_msaspec", "null", "1", "2", targets="12"), [[], []]),
        (nods("mir_lrs-fixedslit", "null", "1", "1"), [[1], [0]]),
    ],
)
def test_nods_are_background_for_others(some: tuple[Draft, Facts], expected: list[list[int]]) -> None:
    assert backgrounds(some) == expected


def test_a_nod_that_is_not_background_would_be_elsewhere() -> None:
    _, facts = nods("nrs_fixedslit", "s1600a1", "1", "2")
    reason, cells = overlap_reason(1, 0, facts)
    assert "patt_num 2" in reason
    assert backgrounds(nods("nrs_fixedslit", "s1600a1", "1", cells["patt_num"])) == [[1], [0]]


def test_extracted_nods_come_after_the_members() -> None:
    [added] = add_extracted_nods(draft(*science("a", "b")), None)  # type: ignore[arg-type]
    assert [member.expname for member in added.exposures("background")] == ["a_x1d.fits", "b_x1d.fits"]
    single = draft(*science("a"))
    assert add_extracted_nods(single, None) == [single]  # type: ignore[arg-type]


# --- Names of products, and validity ----------------------------------------------------------------------------------


def test_product_names() -> None:
    bound = {"targetid": "7", "instrume": "nircam", "filter": "f150w", "pupil": "clear", "subarray": "sub8"}
    one = draft(*science("a"), **bound, mine="a b/c")
    assert product_name(one) == "jw00321-o001_t007_nircam_clear-f150w-sub8_a-b-c"
    full = draft(targetid="7", instrume="nircam", filter="f150w", subarray="full")
    assert product_name(full) == "jw00321-o001_t007_nircam_f150w_unknown"
    full.edges.collected[0] |= {("fxd_slit", 1), ("fxd_slit", 0)}
    assert format_product("{optics}{-slit}", full, "opaque") == "opaque-s200a1-s400a1"
    stage2 = draft(Member("jw1_NRCA1_rate.fits", "science"), rule=replace(RULE, level=2, product="{exposure}"))
    assert product_name(stage2) == "jw1_NRCA1"
    assert format_product("{exposure}", draft()) == "undefined"


@pytest.mark.parametrize(
    ("rule", "stage", "candidate", "roles", "observations", "expected"),
    [
        (RULE, 3, "observation", ["science"], None, ""),
        (RULE, 3, "observation", ["psf"], None, "has no science"),
        (None, 3, "observation", ["psf"], None, "has no science"),
        (replace(RULE, needs=("science", "psf")), 3, "observation", ["science"], None, "has no psf"),
        (RULE, 2, "background", ["science"], None, "has no background"),
        (RULE, 3, "background", ["science"], None, ""),
        (replace(RULE, members=2), 3, "observation", ["science"], None, "has fewer than 2 members"),
        (replace(RULE, several_observations=True), 3, "mosaic", ["science"], 1, "has only one observation"),
        (replace(RULE, several_observations=True), 3, "mosaic", ["science"], 2, ""),
        (replace(RULE, several_observations=True), 3, "mosaic", ["science"], None, ""),
        (replace(RULE, several_observations=True), 3, "observation", ["science"], 1, ""),
    ],
)
def test_what_an_association_lacks(
    rule: Rule | None, stage: int, candidate: str, roles: list[str], observations: int | None, expected: str
) -> None:
    assert lacking(rule, stage, candidate, roles, observations) == expected
