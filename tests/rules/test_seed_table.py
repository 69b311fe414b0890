"""What may belong to an association, by the table of the observatory's documentation ("How data is associated")."""

from __future__ import annotations

import pandas as pd
import pytest

import asngraph
from asngraph.model.relations import RELATIONS
from asngraph.simulation import simulate


def graph_of(mode: str, size: int = 60, seed: int = 1) -> asngraph.AssociationGraph:
    return asngraph.generate(simulate(size, [mode], seed=seed))


def pairs(graph: asngraph.AssociationGraph) -> pd.DataFrame:
    """Return the pairs of exposures in symmetric relations."""
    data = (
        (source, target, each["relation"], each.get("candidate", ""), each.get("candidate_type", ""))
        for source, target, each in graph.to_networkx("exposures").edges(data=True)
        if each.get("symmetric")
    )
    return pd.DataFrame(data, columns=["source", "target", "relation", "candidate", "candidate_type"])


def edges(graph: asngraph.AssociationGraph, relation: str) -> pd.DataFrame:
    """Return the edges of a relation, with what is known of the exposures at both ends."""
    ends = graph.exposures[["exp_type", "obs_num", "targetid", "mostilno", "filter"]]
    found = graph.edges if not RELATIONS[relation].symmetric else pairs(graph)
    found = found.query("relation == @relation")
    found = found.join(ends, on="source").join(ends.add_suffix("_served"), on="target")
    assert len(found), f"no edge is {relation}"
    return found


def together(graph: asngraph.AssociationGraph, rule: str, column: str) -> int:
    """Return the largest number of different values of a column in one association of a rule."""
    members = graph.membership.dropna(subset=["exposure"]).join(graph.exposures[column], on="exposure")
    names = graph.associations.query("rule == @rule")["association"]
    return int(members[members["association"].isin(names)].groupby("association")[column].nunique().max())


def test_target_acquisition() -> None:
    graph = graph_of("miri-mrs")
    found = edges(graph, "target_acquisition_for")
    assert set(found["exp_type"]) == {"mir_tacq"}
    assert (found["obs_num"] == found["obs_num_served"]).all()
    assert "target_acquisition" in set(graph.membership["exptype"])


@pytest.mark.parametrize(
    ("mode", "exp_types"),
    [
        ("nircam-coronagraphy", {"nrc_taconfirm"}),
        ("miri-lrs-slit", {"mir_taconfirm"}),
        ("nirspec-ifu", {"nrs_taconfirm"}),
        ("nirspec-msa", {"nrs_confirm"}),
    ],
)
def test_astrometric_confirmation_images(mode: str, exp_types: set[str]) -> None:
    assert set(edges(graph_of(mode), "confirmation_for")["exp_type"]) == exp_types


def test_confirmation_images_belong_to_level_2_too() -> None:
    graph = graph_of("miri-lrs-slit")
    names = graph.associations.query("rule == 'Asn_MIRLRSTAConfirm'")["association"]
    assert "target_acquisition" in set(graph.membership[graph.membership["association"].isin(names)]["exptype"])


def test_single_target_observation_all_dither_points() -> None:
    graph = graph_of("nircam-imaging", size=200)
    assert together(graph, "Asn_Lv3Image", "dithptin") >= 3
    found = edges(graph, "same_dither_pattern")
    assert (found["obs_num"] == found["obs_num_served"]).all()


def test_all_nodding_points() -> None:
    found = edges(graph_of("nirspec-fixed-slit"), "nod_background_for")
    assert (found["source"] != found["target"]).all()
    assert (found["targetid"] == found["targetid_served"]).all()


def test_all_mosaic_tiles_within_an_observation_folder() -> None:
    graph = graph_of("nircam-mosaic")
    assert together(graph, "Asn_Lv3Image", "mostilno") >= 2
    found = edges(graph, "same_mosaic")
    assert (found["obs_num"] == found["obs_num_served"]).all()
    assert (found["mostilno"] != found["mostilno_served"]).any()


def test_all_mosaic_tiles_in_different_observation_folders() -> None:
    graph = graph_of("nircam-mosaic-of-observations", size=150)
    assert together(graph, "Asn_Lv3ImageMosaic", "obs_num") >= 2
    assert together(graph, "Asn_Lv3ImageMosaic", "targetid") >= 2
    found = edges(graph, "linked_observation")
    assert set(found["candidate_type"]) == {"mosaic"}
    assert (found["obs_num"] != found["obs_num_served"]).all()
    assert (edges(graph, "same_mosaic")["obs_num"] != edges(graph, "same_mosaic")["obs_num_served"]).any()


def test_different_orientations_in_a_sequence_group() -> None:
    graph = graph_of("two-orientations")
    groups = graph.associations.query("candidate_type == 'group'")["association"]
    assert len(groups)
    assert together(graph, "Asn_Lv3Image", "obs_num") == 2
    assert set(edges(graph, "linked_observation")["candidate_type"]) == {"group"}


def test_background_observations() -> None:
    graph = graph_of("miri-mrs", seed=2)
    found = edges(graph, "background_for")
    assert (found["obs_num"] != found["obs_num_served"]).all()
    assert {"Asn_Lv2Spec", "Asn_Lv3MIRMRS"} <= set(found["rule"])


@pytest.mark.parametrize(("relation", "exp_type"), [("wavecal_for", "nrs_autowave"), ("flat_for", "nrs_autoflat")])
def test_autowave_and_autoflat_calibration_observations(relation: str, exp_type: str) -> None:
    found = edges(graph_of("nirspec-msa"), relation)
    assert set(found["exp_type"]) == {exp_type}
    assert set(found["exp_type_served"]) <= {"nrs_msaspec"}


def test_msa_plan_sources_catalog() -> None:
    graph = graph_of("nirspec-msa")
    plans = graph.support.query("relation == 'msa_plan_for'").join(graph.exposures["exp_type"], on="exposure")
    assert "nrs_msaspec" in set(plans["exp_type"])
    network = graph.to_networkx()
    plan = f"support:{plans['file'].iloc[0]}"
    assert network.nodes[plan]["kind"] == "support"
    assert network.has_edge(plan, plans["exposure"].iloc[0])


def test_leak_image() -> None:
    found = edges(graph_of("nirspec-ifu", size=200), "imprint_for")
    assert set(found["exp_type"]) == {"nrs_ifu"}
    assert {"Asn_Lv2Spec"} <= set(found["rule"])


@pytest.mark.parametrize("mode", ["nircam-coronagraphy", "miri-coronagraphy", "niriss-interferometry"])
def test_psf_observation_associated_with_the_science_target(mode: str) -> None:
    found = edges(graph_of(mode), "psf_for")
    assert (found["targetid"] != found["targetid_served"]).all()


def test_any_background_or_psf_observation_can_belong_to_more_than_one_association() -> None:
    for mode, exptype in (("nircam-coronagraphy", "psf"), ("miri-mrs", "background")):
        members = graph_of(mode, seed=2).membership
        served = members[members["exptype"] == exptype].groupby("exposure")["association"].nunique()
        assert served.max() > 1


def test_direct_images_of_wide_fields() -> None:
    found = edges(graph_of("niriss-wfss"), "direct_image_for")
    assert set(found["exp_type_served"]) == {"nis_wfss"}
