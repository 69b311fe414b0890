"""Ids of associations: different for each, and the same after renumbering."""

from __future__ import annotations

import json
import uuid

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph import Pool
from asngraph.engine.identity import NAMESPACE, uuids_of
from asngraph.model.pool import changed
from asngraph.page.data import page_data
from asngraph.simulation import MODES, simulate

OPTIONS = [{}, {"merge": True}, {"finalize": False}, {"keep_duplicates": True}, {"discover": True}]


def by_content(graph: asngraph.AssociationGraph) -> dict[str, str]:
    """Map the content of each association without its number to its id."""
    found = {}
    for association, uuid_ in zip(graph, graph.uuids, strict=True):
        found[json.dumps({**association, "asn_pool": ""})] = uuid_
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("options", OPTIONS, ids=[next(iter(each), "as usual") for each in OPTIONS])
def test_ids_are_different_and_reproducible(mode, options) -> None:
    graph = asngraph.generate(simulate(24, [mode], seed=3), **options)
    assert len(set(graph.uuids)) == len(graph)
    assert {uuid.UUID(each).version for each in graph.uuids} <= {5}
    assert graph.uuids == asngraph.generate(simulate(24, [mode], seed=3, name="another.csv"), **options).uuids


def test_ids_survive_renumbering() -> None:
    pool = simulate(120, seed=5)
    whole = asngraph.generate(pool)
    later = asngraph.generate(pool.take([row for row in range(len(pool)) if row % 10]))
    numbers = dict(zip(whole.uuids, whole.file_names, strict=True))
    moved = 0
    for content, id_ in by_content(later).items():
        if content in by_content(whole):
            assert by_content(whole)[content] == id_
            moved += numbers[id_] != dict(zip(later.uuids, later.file_names, strict=True))[id_]
    assert moved


def test_an_id_stays_when_a_member_leaves_and_changes_with_a_shared_value() -> None:
    pool = Pool.read(EXAMPLES / "nircam_mosaic.csv")
    whole = asngraph.generate(pool)
    made = next(each for each in whole.decision.made if each.draft.rule.level == 3 and len(each.draft.members) > 2)
    gone = made.draft.members[1].exposure
    fewer = asngraph.generate(pool.take([row for row in range(len(pool)) if row != gone]))
    ids = dict(zip(whole.uuids, whole, strict=True))
    after = dict(zip(fewer.uuids, fewer, strict=True))
    id_ = whole.uuids[whole.decision.made.index(made)]
    assert len(after[id_].members) == len(ids[id_].members) - 1
    rows = {member.exposure for member in made.draft.members}
    other = asngraph.generate(changed(pool, {(row, "filter"): "f999w" for row in rows}))
    assert id_ not in other.uuids


def test_the_id_is_in_each_form_of_the_graph(tmp_path) -> None:
    graph = asngraph.generate(EXAMPLES / "nircam_mosaic.csv")
    expected = dict(zip((each.removesuffix("_asn.json") for each in graph.file_names), graph.uuids, strict=True))
    assert dict(zip(graph.associations["association"], graph.associations["uuid"], strict=True)) == expected
    nodes = graph.to_networkx().nodes(data=True)
    assert {node["association"]: node["uuid"] for _, node in nodes if node["kind"] == "association"} == expected
    page = page_data(graph)["associations"]
    assert dict(zip(page["names"], page["uuid"], strict=True)) == expected
    rdf = graph.to_rdf().query(
        "PREFIX asn: <https://w3id.org/asngraph/ns#> SELECT ?l ?u { ?a asn:uuid ?u ; rdfs:label ?l }"
    )
    assert {str(label): str(found) for label, found in rdf} == expected


def test_an_archive_has_the_ids(tmp_path) -> None:
    pytest.importorskip("pyoxigraph", reason="pyoxigraph is not installed (extra `rdf`)")
    from asngraph.archive import reader, writer

    graph = asngraph.generate(EXAMPLES / "nircam_mosaic.csv")
    with writer.writing(tmp_path / "a", create=True) as archive:
        list(archive.add([EXAMPLES / "nircam_mosaic.csv"]))
    with reader.reading(tmp_path / "a") as view:
        (found,) = view.near(graph.exposure_names[0])
    names = {file.removesuffix("_asn.json"): id_ for file, id_ in zip(graph.file_names, graph.uuids, strict=True)}
    assert found.associations
    assert all(record.uuid == names[record.name] for record in found.associations)


def test_an_id_is_the_uuid_of_the_documented_name() -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/asngraph/id/association")
    graph = asngraph.generate(simulate(40, seed=6))
    stage2 = 0
    for id_, made in zip(graph.uuids, graph.decision.made, strict=True):
        draft = made.draft
        name = f"{draft.program}\n{draft.rule.name}\n{draft.candidate.id}"
        if draft.rule.level == 2:
            name += f"\n{graph.pool['filename'][draft.anchor].removesuffix('_uncal.fits')}"
            stage2 += 1
        else:
            name += "".join(f"\n{column}={value}" for column, value in sorted(draft.all_bound.items()))
        ids = [str(uuid.uuid5(namespace, name)), *(str(uuid.uuid5(namespace, f"{name}\n#{n}")) for n in range(2, 50))]
        assert id_ in ids
    assert 0 < stage2 < len(graph)


def test_ids_of_any_names() -> None:
    hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed (extra `test`)")
    strategies = pytest.importorskip("hypothesis.strategies")

    @hypothesis.given(strategies.lists(strategies.text(strategies.characters(exclude_categories=["Cs"])), unique=True))
    def check(names: list[str]) -> None:
        assert uuids_of(names) == [str(uuid.uuid5(NAMESPACE, name)) for name in names]

    check()
