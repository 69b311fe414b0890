"""Edges against the pool: a checker that knows the pool's columns and nothing of the engine."""

from __future__ import annotations

from itertools import combinations

import pytest
from conftest import EXAMPLES
from quick import FEW_MODES, quick

import asngraph
from asngraph.model.relations import RELATIONS
from asngraph.questions import collect, related
from asngraph.simulation import MODES, simulate

UNDEFINED = {"", "null", "--", "n", "f", "false", "n/a"}
Row = dict[str, str]


def same(one: Row, other: Row, *columns: str) -> bool:
    """Say whether both have all the columns, and the same in them."""
    return all(one[name] not in UNDEFINED and one[name] == other[name] for name in columns)


def alike(one: Row, other: Row, *columns: str) -> bool:
    """Say whether both have the same where both have something."""
    return all(one[n] == other[n] or one[n] in UNDEFINED or other[n] in UNDEFINED for n in columns)


def acquires(one: Row, other: Row) -> bool:
    return same(one, other, "program", "obs_num") and (same(one, other, "visit") or same(one, other, "targetid"))


def candidates(row: Row) -> set[str]:
    return {part.split("'")[1] for part in row["asn_candidate"].split("(")[1:]}


MEANING = {
    "same_target": lambda a, b: same(a, b, "program", "targetid"),
    "same_observation": lambda a, b: same(a, b, "program", "obs_num"),
    "same_optics": lambda a, b: (
        same(a, b, "program", "targetid", "instrume") and alike(a, b, "filter", "pupil", "grating", "band", "channel")
    ),
    "same_dither_pattern": lambda a, b: same(a, b, "program", "obs_num", "detector", "patttype", "numdthpt"),
    "same_mosaic": lambda a, b: same(a, b, "program") and bool(candidates(a) & candidates(b)),
    "linked_observation": lambda a, b: (
        same(a, b, "program") and a["obs_num"] != b["obs_num"] and bool(candidates(a) & candidates(b))
    ),
    "grouped_with": lambda a, b: alike(a, b, "instrume"),
    "target_acquisition_for": acquires,
    "confirmation_for": acquires,
    "background_for": lambda a, b: a["role"] == "background",
    "nod_background_for": lambda a, b: (
        alike(a, b, "targetid", "instrume") and (a["patt_num"] != b["patt_num"] or a["patt_num"] in UNDEFINED)
    ),
    "psf_for": lambda a, b: a["role"] == "psf" and alike(a, b, "instrume", "filter", "pupil"),
    "imprint_for": lambda a, b: a["role"] == "imprint" and alike(a, b, "instrume", "detector", "grating", "filter"),
    "wavecal_for": lambda a, b: a["role"] == "autowave" and alike(a, b, "instrume"),
    "flat_for": lambda a, b: a["role"] in ("autoflat", "flat") and alike(a, b, "instrume"),
    "direct_image_for": lambda a, b: a["exp_type"].endswith("_image") and alike(a, b, "program", "instrume"),
    "calibration_for": lambda a, b: True,
}


def rows_of(graph: asngraph.AssociationGraph) -> dict[str, Row]:
    columns = (*graph.pool.columns, "role")
    needed = {"visit", "patt_num", "filter", "pupil", "grating", "band", "channel", "obs_num", "targetid", "instrume"}
    frame = graph.exposures[[name for name in graph.exposures.columns if name in columns]]
    blank = dict.fromkeys(needed, "null")
    return {str(name): blank | row for name, row in zip(frame.index, frame.to_dict("records"), strict=True)}


@pytest.mark.parametrize("mode", quick(sorted(MODES), *FEW_MODES))
def test_every_edge_has_the_meaning_of_its_relation(mode: str) -> None:
    graph = asngraph.generate(simulate(40, [mode], seed=7))
    check(graph)


def test_every_edge_of_mixed_and_incomplete_pools_has_its_meaning() -> None:
    for seed in range(4):
        check(asngraph.generate(simulate(80, seed=seed, undefined=0.1, shuffle=True)))
    for pool in EXAMPLES.glob("*.csv"):
        check(asngraph.generate(pool))


def check(graph: asngraph.AssociationGraph) -> None:
    rows = rows_of(graph)
    for source, target, relation in graph.edges[["source", "target", "relation"]].itertuples(index=False, name=None):
        assert source != target
        assert MEANING[relation](rows[source], rows[target]), (relation, source, target)
    for (relation, group), own in graph.sets.groupby(["relation", "group"]):
        for one, other in combinations(own["exposure"], 2):
            if relation == "linked_observation" and rows[one]["obs_num"] == rows[other]["obs_num"]:
                continue
            assert MEANING[str(relation)](rows[one], rows[other]), (relation, group, one, other)


def neighbours_of_network(graph: asngraph.AssociationGraph) -> set[tuple[str, str, str]]:
    """Read (relation, exposure, exposure) off the view of exposures; a symmetric relation both ways."""
    found = set()
    for source, target, data in graph.to_networkx("exposures").edges(data=True):
        found.add((data["relation"], source, target))
        if data.get("symmetric"):
            found.add((data["relation"], target, source))
    return found


def neighbours_by_nodes(graph: asngraph.AssociationGraph) -> set[tuple[str, str, str]]:
    """Read the same off the full view, in which symmetric relations are shared nodes."""
    network = graph.to_networkx()
    exposure = {node for node, kind in network.nodes(data="kind") if kind == "exposure"}
    found, shared = set(), {}
    for source, target, data in network.edges(data=True):
        if source in exposure and target in exposure:
            found.add((data["relation"], source, target))
        elif data["relation"] != "member_of" or data["exptype"] == "science":
            shared.setdefault((data["relation"], target), []).append(source)
    observation = {a: b for a, b, relation in network.edges(data="relation") if relation == "in_observation"}
    for name, relation in RELATIONS.items():
        if not relation.symmetric or relation.source != "exposure":
            continue
        for (through, node), members in shared.items():
            if through != relation.through:
                continue
            if through == "has_candidate" and network.nodes[node]["candidate_type"] == "observation":
                continue
            for one, other in combinations(dict.fromkeys(members), 2):
                if name == "linked_observation" and not (
                    one in observation and other in observation and observation[one] != observation[other]
                ):
                    continue
                found |= {(name, one, other), (name, other, one)}
    return found


@pytest.mark.parametrize("mode", quick(sorted(MODES), *FEW_MODES))
def test_every_form_has_the_same_neighbours(mode: str) -> None:
    graph = asngraph.generate(simulate(24, [mode], seed=3))
    collection = collect(graph)
    asked = set()
    for name in graph.exposure_names:
        for each in related(collection, name):
            if RELATIONS[each.relation].source == "exposure":
                ends = (each.exposure, name) if each.direction == "is served by" else (name, each.exposure)
                asked.add((each.relation, *ends))
    assert neighbours_of_network(graph) == asked
    assert neighbours_by_nodes(graph) == asked


def test_an_acquisition_of_another_observation_is_carried_and_serves_nothing() -> None:
    graph = asngraph.generate(simulate(200, ["niriss-interferometry", "nircam-coronagraphy"], seed=3))
    carried = [d for *_, d in graph.to_networkx().edges(data=True) if d["relation"] == "carried_in"]
    assert carried
    assert {each["exptype"] for each in carried} == {"target_acquisition"}
