"""The graph: its tables, its networkx view, and that associations are what its edges say."""

from __future__ import annotations

from collections import defaultdict

import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from rebuilding import EXPTYPE, rebuild

import asngraph
from asngraph.model.relations import NODE_KINDS, RELATIONS
from asngraph.simulation import MODES, simulate


@pytest.fixture(scope="module")
def mrs() -> asngraph.AssociationGraph:
    return asngraph.generate(EXAMPLES / "miri_mrs_background.csv")


def check_invariant(graph: asngraph.AssociationGraph) -> tuple[int, int]:
    """Hold every association against its edges; return how many there are, and how many have several members."""
    associations = graph.associations
    wanted: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    known = {"science", *EXPTYPE.values()}
    for member in graph.membership.fillna("").itertuples():
        exptype = member.exptype if member.exptype in known or not member.exposure else None
        wanted[member.association].add((member.exposure, exptype))
    assert rebuild(graph) == dict(wanted)
    return len(associations), int((associations["members"] > 1).sum())


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(sorted(MODES)), min_size=1, max_size=4, unique=True),
    st.integers(3, 60),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.05, 0.2]),
    st.booleans(),
)
def test_associations_are_what_their_edges_say(modes, size, seed, undefined, shuffle) -> None:
    check_invariant(asngraph.generate(simulate(size, modes, seed=seed, undefined=undefined, shuffle=shuffle)))


@pytest.mark.slow
def test_a_third_of_the_associations_held_against_their_edges_have_several_members() -> None:
    pools = (simulate(60, [mode], seed=seed) for mode in MODES for seed in range(2))
    counts = [check_invariant(asngraph.generate(pool)) for pool in pools]
    total, several = (sum(column) for column in zip(*counts, strict=True))
    assert total > 1000
    assert several / total >= 0.3


def test_edges_say_which_rule_and_candidate_derived_them(mrs) -> None:
    edges = mrs.edges.set_index("relation")
    acquisition = edges.loc[["target_acquisition_for"]]
    assert set(acquisition["rule"]) == {"Asn_Lv3MIRMRS"}
    assert set(acquisition["candidate"]) == {"o001", "c1000"}
    assert set(acquisition["source"]) == {"jw04322001001_02101_00001_mirimage_uncal.fits"}
    background = edges.loc[["background_for"]]
    assert set(background["candidate_type"]) == {"background"}
    assert background["source"].str.startswith("jw04322002001").all()
    assert background["target"].str.startswith("jw04322001001").all()


def test_symmetric_relations_are_sets(mrs) -> None:
    sets = mrs.sets
    same = sets[sets["relation"] == "same_observation"]
    assert len(same) == len(mrs.pool)
    assert set(same["group"]) == {"04322/1", "04322/2"}
    linked = sets[sets["relation"] == "linked_observation"]
    assert set(linked[["candidate", "candidate_type"]].itertuples(index=False, name=None)) == {("c1000", "background")}
    assert set(sets["relation"]) <= {name for name, relation in RELATIONS.items() if relation.symmetric}


def test_no_exposure_is_a_hub() -> None:
    """Exposures that are alike have as many neighbours, whichever comes first in the pool."""
    network = asngraph.generate(EXAMPLES / "nircam_mosaic.csv").to_networkx("exposures")
    degrees = dict(network.degree())
    assert max(degrees.values()) - min(degrees.values()) <= 1 + min(degrees.values())


def test_the_vocabulary_covers_the_graph(mrs) -> None:
    network = mrs.to_networkx()
    assert {kind for _, kind in network.nodes(data="kind")} == set(NODE_KINDS) - {"support", "mosaic"}
    assert {relation for *_, relation in network.edges(data="relation")} <= set(RELATIONS)
    for source, target, relation in network.edges(data="relation"):
        kinds = (network.nodes[source]["kind"], network.nodes[target]["kind"])
        assert kinds == (RELATIONS[relation].source, RELATIONS[relation].target)
    assert all(relation.parent in {"", *RELATIONS} for relation in RELATIONS.values())


def test_a_calibration_exposure_belongs_to_many_associations(mrs) -> None:
    network = mrs.to_networkx()
    background = "jw04322002001_02101_00001_mirifulong_uncal.fits"
    roles = [
        data["exptype"] for *_, data in network.out_edges(background, data=True) if data["relation"] == "member_of"
    ]
    assert sorted(roles) == ["background"] * 5 + ["science"] * 2


def test_what_was_set_aside_is_known(mrs) -> None:
    aside = mrs.set_aside
    lesser = aside[aside["reason"] == "has the same product and fewer members"]
    assert len(lesser) == 8
    assert set(lesser["duplicate_of"]) <= set(mrs.associations["association"])
    assert (aside["reason"] == "has no science").any()


def test_associations_are_dicts_of_their_files(mrs) -> None:
    association = mrs["jw04322-o001_spec3_00001"]
    assert association["asn_rule"] == "candidate_Asn_Lv3MIRMRS"
    assert association.file_name == "jw04322-o001_spec3_00001_asn.json"
    assert asngraph.load_asn(association.to_json()) == association
    assert [a.file_name for a in mrs] == mrs.file_names
    with pytest.raises(KeyError):
        mrs["jw04322-o009_spec3_00001"]
