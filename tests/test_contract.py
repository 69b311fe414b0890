"""The contract of all sources: graph, folder, archive and SPARQL give equal answers, in equal JSON.

The four are made of one simulated pool, for each observing mode. For every exposure and every association that it is
in: `which`, `why`, `impact` and `related` of the graph are what is asked for; the folder (association files with the
pool beside them) and the archive must give the same JSON, order included. SPARQL must give

- of `which`, all of each belonging;
- of `related`, relation, direction and exposure of each neighbour, and of symmetric relations the sets too (statements
  of what serves what do not say in which association);
- of `impact`, the associations that depend on the exposure;
- of `why`, that each link is a statement, or that the association has both exposures as science.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from quick import quick

from asngraph import questions
from asngraph.cli.output import json_text, plain
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.model.pool import Pool
from asngraph.model.relations import RELATIONS
from asngraph.questions.related import BOTH, SERVED_BY, SERVES
from asngraph.rdf import iris
from asngraph.rdf.write import lines
from asngraph.simulation import MODES, simulate

QUICK = ("nirspec-msa",)  # nods, acquisitions and MSA plans
SIZE = 9

Row = tuple[str, ...]


class Sources(NamedTuple):
    """One pool, in every form that can be asked."""

    graph: questions.AssociationCollection
    folder: questions.AssociationCollection
    view: Any
    store: Any
    pool: Path

    def near(self, *exposures: str) -> questions.AssociationCollection:
        """Return the archive's collection of what is near some exposures."""
        [collection] = self.view.near(*exposures)
        return collection

    def rows(self, query: str) -> list[Row]:
        """Return the rows of a query, as texts."""
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in iris.PREFIXES.items())
        found = self.store.query(prefixes + query)
        return [tuple("" if cell is None else cell.value for cell in row) for row in found]


@pytest.fixture(scope="module", params=quick(MODES, *QUICK))
def sources(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    folder = tmp_path_factory.mktemp(request.param)
    file = folder / f"{request.param}.csv"
    simulate(SIZE, [request.param], seed=7 + [*MODES].index(request.param)).write(file)
    yield from _sources(file)


def _sources(file: Path) -> Iterator[Sources]:
    pyoxigraph = pytest.importorskip("pyoxigraph")
    from asngraph.archive.reader import reading
    from asngraph.archive.writer import writing

    graph = generate(Pool.read(file))
    for association in graph:
        association.write(file.parent)
    with writing(file.parent / "archive", create=True) as archive:
        assert [outcome.state for outcome in archive.add([file])] == ["added"]
    store = pyoxigraph.Store()
    store.load("".join(_triples(graph)).encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    with reading(file.parent / "archive") as view:
        yield Sources(questions.collect(graph), questions.collect(file.parent), view, store, file)


def _triples(graph: AssociationGraph) -> Iterator[str]:
    return (line if isinstance(line, str) else line.decode() for line in lines(graph))


def answer(question: Callable[..., Any], *arguments: Any) -> str:
    return json_text(question(*arguments))


# --- Graph, folder and archive -------------------------------------------------------------------------------------


def test_which_is_the_same(sources: Sources) -> None:
    for name in sources.graph.exposures:
        expected = answer(questions.which, sources.graph, name)
        assert answer(questions.which, sources.folder, name) == expected, name
        assert answer(questions.which, sources.near(name), name) == expected, name
        in_pools = plain(sources.view.which(name))
        assert [each["pool"] for each in in_pools] == [sources.pool.name] * len(in_pools)
        assert [each["answer"] for each in in_pools] == json.loads(expected)


def test_related_is_the_same(sources: Sources) -> None:
    for name in sources.graph.exposures:
        expected = answer(questions.related, sources.graph, name)
        assert answer(questions.related, sources.folder, name) == expected, name
        assert answer(questions.related, sources.near(name), name) == expected, name


def test_impact_is_the_same(sources: Sources) -> None:
    names = sources.graph.exposures
    for removed in (*((name,) for name in names), (names[0], names[-1])):
        expected = answer(questions.impact, sources.graph, *removed)
        assert answer(questions.impact, sources.folder, *removed) == expected, removed
        assert [each["answer"] for each in plain(sources.view.impact(*removed))] == json.loads(expected), removed


def test_why_is_the_same(sources: Sources) -> None:
    names = sources.graph.exposures
    for name in names:
        for belonging in questions.which(sources.graph, name):
            expected = answer(questions.why, sources.graph, name, belonging.association)
            assert answer(questions.why, sources.folder, name, belonging.association) == expected
            assert answer(questions.why, sources.near(name), name, belonging.association) == expected
        for other in {neighbour.exposure for neighbour in questions.related(sources.graph, name)}.intersection(names):
            expected = answer(questions.why, sources.graph, name, other)
            assert answer(questions.why, sources.folder, name, other) == expected
            assert answer(questions.why, sources.near(name, other), name, other) == expected


def test_support_files_are_the_same(sources: Sources) -> None:
    for file in {support.file for support in sources.graph.serving}:
        for question in (questions.which, questions.related, questions.impact):
            assert answer(question, sources.folder, file) == answer(question, sources.graph, file)
        expected = json.loads(answer(questions.which, sources.graph, file))
        assert [each["answer"] for each in plain(sources.view.which(file))] == expected


# --- SPARQL ---------------------------------------------------------------------------------------------------------

WHICH = """
SELECT ?exposure ?association ?role ?expname ?rule ?candidate ?type ?product ?in ?member {
  ?who a asn:Exposure ; rdfs:label ?exposure . ?in asn:participant ?who ; asn:association ?node ; asn:exptype ?e .
  ?node rdfs:label ?association ; asn:rule/rdfs:label ?rule ; asn:for_candidate ?c ; asn:produces/rdfs:label ?product .
  ?c rdfs:label ?candidate ; asn:candidate_type ?t .
  OPTIONAL { ?who asn:member_of ?node . BIND("yes" AS ?member) }
  OPTIONAL { ?in asn:expname ?own }
  OPTIONAL { ?image asn:association ?node ; asn:exptype role:direct_image ; asn:expname ?image_name ;
             asn:participant/asn:product_member_of ?node . }
  BIND(COALESCE(?own, ?image_name) AS ?expname)
  BIND(REPLACE(STR(?e), "^.*/", "") AS ?role) BIND(REPLACE(STR(?t), "^.*/", "") AS ?type)
}
"""
SYMMETRIC = """
SELECT DISTINCT ?one ?other ?set {
  ?a a asn:Exposure ; rdfs:label ?one ; asn:%s ?node . ?b asn:%s ?node ; a asn:Exposure ; rdfs:label ?other .
  ?node rdfs:label ?set . FILTER(?a != ?b) %s
}
"""
# Two observations under one candidate, which is not an observation's own; two science exposures of one association.
LINKED = """
  ?node asn:candidate_type ?type . FILTER(?type != candidate_type:observation)
  ?a asn:in_observation ?o1 . ?b asn:in_observation ?o2 . FILTER(?o1 != ?o2)
"""
GROUPED = """
  ?p1 asn:association ?node ; asn:participant ?a ; asn:exptype role:science .
  ?p2 asn:association ?node ; asn:participant ?b ; asn:exptype role:science .
"""
CONDITIONS = {"linked_observation": LINKED, "grouped_with": GROUPED}
DIRECTED = "SELECT ?one ?other { ?a asn:%s ?b . ?a rdfs:label ?one . ?b a asn:Exposure ; rdfs:label ?other }"
IMPACT = """
SELECT DISTINCT ?exposure ?association {
  ?who a asn:Exposure ; rdfs:label ?exposure ; asn:member_of|asn:represented_in ?first .
  ?first (asn:produces/^asn:derived_from_product/^asn:produces)* ?node . ?node rdfs:label ?association .
}
"""


def test_sparql_says_which(sources: Sources) -> None:
    found: dict[str, list[Any]] = {name: [] for name in sources.graph.exposures}
    for *context, place, member in sources.rows(WHICH):
        exposure, association, role, expname, rule, candidate, type_, product = context
        order = association, int(place.rpartition("/")[2])
        belonging = (association, role, expname, rule, candidate.rpartition("/")[2], type_, product, member != "yes")
        found[exposure].append((order, questions.Belonging(*belonging)))
    for name, some in found.items():
        assert [belonging for _, belonging in sorted(some)] == questions.which(sources.graph, name)


def test_sparql_finds_neighbours(sources: Sources) -> None:
    found = set()
    for relation in RELATIONS.values():
        if relation.symmetric and relation.source == "exposure":
            query = SYMMETRIC % (relation.through, relation.through, CONDITIONS.get(relation.name, ""))
            found |= {(one, relation.name, BOTH, other, set_) for one, other, set_ in sources.rows(query)}
        elif relation.target == "exposure" and relation.source in ("exposure", "support"):
            for one, other in sources.rows(DIRECTED % relation.name):
                found |= {(one, relation.name, SERVES, other, ""), (other, relation.name, SERVED_BY, one, "")}
    expected = {
        (name, neighbour.relation, neighbour.direction, neighbour.exposure, group)
        for name in (*sources.graph.exposures, *{support.file for support in sources.graph.serving})
        for neighbour in questions.related(sources.graph, name)
        for group in (neighbour.groups if neighbour.direction == BOTH else [""])
    }
    assert found == expected


def test_sparql_finds_what_depends(sources: Sources) -> None:
    found: dict[str, set[str]] = {name: set() for name in sources.graph.exposures}
    for exposure, association in sources.rows(IMPACT):
        found[exposure].add(association)
    for name, associations in found.items():
        assert associations == {effect.association for effect in questions.impact(sources.graph, name)}


def test_sparql_has_each_link_of_why(sources: Sources) -> None:
    labels = "SELECT ?one ?relation ?other { ?a ?relation ?b . ?a rdfs:label ?one . ?b rdfs:label ?other }"
    said = {(one, relation.removeprefix(iris.term("")), other) for one, relation, other in sources.rows(labels)}
    science = {(row[0], row[1]) for row in sources.rows(WHICH) if row[2] == "science"}
    for name in sources.graph.exposures:
        for belonging in questions.which(sources.graph, name):
            for connection in questions.why(sources.graph, name, belonging.association):
                for link in connection.links:
                    if link.relation == "grouped_with":
                        assert {(end, belonging.association) for end in (link.source, link.target)} <= science
                    else:
                        assert (link.source, link.relation, link.target) in said


# --- The command line -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered_here")
def test_commands_give_the_same_json(run: Any, tmp_path: Path) -> None:
    """The direct images of slitless spectra, which products represent in other associations."""
    file = tmp_path / "wfss.csv"
    simulate(12, ["niriss-wfss"], seed=3).write(file)
    for sources in _sources(file):
        name = next(
            name for name in sources.graph.exposures if any(b.indirect for b in questions.which(sources.graph, name))
        )
        expected = json.loads(run("which", name, "--in", file, "--json").out)
        assert len(expected) > 2
        assert json.loads(run("which", name, "--in", tmp_path, "--json").out) == expected
        in_archive = json.loads(run("archive", "which", name, "--store", tmp_path / "archive", "--json").out)
        assert in_archive == [{"pool": file.name, **each} for each in expected]
        asked = ("sparql", "associations-of", "--pool", file, "--set", f"exposure_name={name}", "-f", "json")
        answered = run(*asked)
        assert answered.code == 0, answered.err
        bindings = json.loads(answered.out)["results"]["bindings"]
        found = [tuple(row[key]["value"] for key in ("association", "role", "rule")) for row in bindings]
        assert sorted(found) == sorted((each["association"], each["exptype"], each["rule"]) for each in expected)
