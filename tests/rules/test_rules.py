"""Conditions and rules, each read in its three ways."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_pool
from hypothesis import given
from hypothesis import strategies as st

from asngraph.model.derived_columns import Facts
from asngraph.model.optical_paths import OPTICAL_FACTS
from asngraph.rules import observatory_rules
from asngraph.rules.bindings import Field, Predicate
from asngraph.rules.description import rule_text
from asngraph.simulation import MODES, simulate

exp_type, visitype, bkgdtarg = Field("exp_type"), Field("visitype"), Field("bkgdtarg")

PREDICATES = {
    "one value": exp_type.is_("mir_mrs"),
    "several values": exp_type.one_of("nrc_image", "mir_mrs"),
    "defined": bkgdtarg.defined,
    "contains": visitype.contains("wfsc"),
    "contains within": visitype.contains_within("wfsc"),
    "and": exp_type.is_("mir_mrs") & bkgdtarg.defined,
    "or": exp_type.is_("mir_mrs") | bkgdtarg.defined,
    "not": ~(exp_type.is_("mir_mrs") & (bkgdtarg.defined | visitype.contains("wfsc"))),
    "named": ~exp_type.is_("mir_mrs").called("a cube"),
}


def facts_of(values: list[tuple[str, str, str]]) -> Facts:
    return Facts(make_pool(*({"exp_type": e, "visitype": v, "bkgdtarg": b} for e, v, b in values)))


cells = st.tuples(
    st.sampled_from(["null", "mir_mrs", "mir_mrs2", "nrc_image", "nrc_image_x"]),
    st.sampled_from(["null", "wfsc", "prime_wfsc_sensing", "xwfsc", "prime"]),
    st.sampled_from(["null", "f", "t", "n/a", "true"]),
)


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=PREDICATES.keys())
@given(st.lists(cells, min_size=1, max_size=6))
def test_a_mask_and_an_explanation_agree(predicate: Predicate, values: list[tuple[str, str, str]]) -> None:
    facts = facts_of(values)
    mask = predicate.mask(facts)
    for row in range(len(values)):
        assert bool(mask[row]) == (predicate.unmet(facts, row) == [])
        assert bool(mask[row]) == (predicate.unmet(facts, row, wanted=False) != [])


def test_all_but_the_last_value_stand_for_what_begins_with_them() -> None:
    facts = facts_of([(value, "null", "null") for value in ("nrc_image_x", "mir_mrs2", "mir_mrs", "xnrc_image")])
    assert exp_type.one_of("nrc_image", "mir_mrs").mask(facts).tolist() == [True, False, True, False]


def test_texts() -> None:
    assert [predicate.text for predicate in PREDICATES.values()] == [
        "exp_type is mir_mrs",
        "exp_type is nrc_image or mir_mrs",
        "bkgdtarg is defined",
        "visitype contains wfsc",
        "visitype contains wfsc",
        "exp_type is mir_mrs and bkgdtarg is defined",
        "exp_type is mir_mrs or bkgdtarg is defined",
        "not (exp_type is mir_mrs and (bkgdtarg is defined or visitype contains wfsc))",
        "not a cube",
    ]


def test_what_is_unmet_names_the_value_and_what_it_would_have_to_be() -> None:
    facts = facts_of([("nrc_image", "null", "t")])
    (unmet,) = (exp_type.is_("mir_mrs") & bkgdtarg.defined).unmet(facts, 0)
    assert (unmet.field, unmet.value, unmet.needed) == ("exp_type", "nrc_image", "exp_type is mir_mrs")
    (unmet,) = (~bkgdtarg.defined).unmet(facts, 0)
    assert (unmet.field, unmet.value, unmet.needed) == ("bkgdtarg", "t", "bkgdtarg is undefined")


def test_roles() -> None:
    pool = make_pool(
        {"exp_type": "nrc_image"},
        {"exp_type": "nrc_image", "is_psf": "t", "bkgdtarg": "t"},
        {"exp_type": "nrs_ifu", "is_imprt": "y", "bkgdtarg": "t"},
        {"exp_type": "mir_mrs", "bkgdtarg": "t", "is_psf": "f"},
        {"exp_type": "mir_tacq", "bkgdtarg": "t"},
        {"exp_type": "nrs_autowave"},
        {"exp_type": "nrc_image", "pntgtype": "target_acquisition"},
        {"exp_type": "mir_tacq", "pntgtype": "null"},
        {"exp_type": "null"},
    )
    assert list(Facts(pool)["role"]) == [
        "science", "psf", "imprint", "background", "target_acquisition", "autowave", "target_acquisition",
        "target_acquisition", "null",
    ]  # fmt: skip


def test_every_optical_fact_is_told_of_some_exposures_and_denied_of_others() -> None:
    facts = Facts(simulate(3000, list(MODES), seed=4))
    for name in OPTICAL_FACTS:
        assert 0 < np.count_nonzero(facts[name].defined) < len(facts.pool), name


def test_every_rule_can_be_read() -> None:
    for rule in observatory_rules():
        text = rule_text(rule)
        assert rule.name in text
        assert "<" not in text


def test_a_rule_is_found_by_any_spelling_of_its_name() -> None:
    rules = observatory_rules()
    assert rules.named("LV3IMAGE") is rules.named("Asn_Lv3Image")
    assert rules.named("nonsense") is None
