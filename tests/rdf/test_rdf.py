"""RDF: what the other views of a graph say, in every format, under IRIs that no name can break."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import socket
import subprocess
import sys
from urllib.parse import unquote, urljoin, urlsplit

import pandas as pd
import pyoxigraph
import pyshacl
import pytest
from conftest import EXAMPLES, ROOT
from graphs import GRAPHS, two_programs
from hostile import INJECTED
from hypothesis import given
from hypothesis import strategies as st
from quick import quick
from rdflib import RDF, RDFS, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.namespace import SH

import asngraph
from asngraph.errors import AsnGraphError, UsageError
from asngraph.model.relations import NODE_KINDS, RELATIONS
from asngraph.rdf import iris
from asngraph.rdf.vocabulary import class_name
from asngraph.rdf.write import FORMATS, lines, to_dataset, write_rdf
from asngraph.simulation import MODES, simulate

ASN = Namespace(iris.TERMS)
MRS, SUPPORT = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "miri_mrs_background_support.txt"
SHAPES = ROOT / "asngraph" / "ontology" / "shapes.ttl"


@pytest.fixture(
    scope="module", params=quick(GRAPHS, "with support", "wide fields", "two programs", "nothing", "hostile")
)
def graph(request) -> asngraph.AssociationGraph:
    return GRAPHS[request.param]()


# --- IRIs ----------------------------------------------------------------------------------------------------------


@given(one=st.text(st.characters()), other=st.text(st.characters()))
def test_a_name_is_one_segment_and_no_two_are_alike(one, other) -> None:
    for name in (one, other):
        iri = iris.exposure(name)
        assert re.fullmatch(r"https://w3id\.org/asngraph/id/exposure/[A-Za-z0-9_.~%-]+", iri)
        assert pyoxigraph.NamedNode(iri).value == iri
        assert urljoin("https://elsewhere.example/x/y", iri) == iri
        assert urlsplit(iri).path.count("/") == 4
        last = iri.rpartition("/")[2].removeprefix("~")
        assert unquote(last, errors="surrogatepass") == name
    assert (iris.exposure(one) == iris.exposure(other)) == (one == other)


def test_dots_lead_nowhere() -> None:
    for name in (".", "..", "../../x", "%2e%2e", ""):
        iri = iris.in_program("1", "target", name)
        assert urljoin(iri, iri) == iri
        assert urlsplit(iri).path.split("/")[:-1] == ["", "asngraph", "id", "program", "1", "target"]


def test_what_counts_within_a_program_is_keyed_by_it() -> None:
    graph = two_programs()
    data = graph.to_rdf()
    targets = set(data.subjects(RDF.type, ASN.Target))
    assert {str(data.value(each, ASN.program)) for each in targets} == {"01001", "01002"}
    for exposure, target in data.subject_objects(ASN.has_target):
        assert data.value(exposure, ASN.program) == data.value(target, ASN.program)
    named_alike = set(data.objects(None, ASN.has_target_name))
    named_alike = [name for name in named_alike if len(set(data.subjects(ASN.has_target_name, name))) > 1]
    for name in named_alike:
        programs = [data.value(target, ASN.program) for target in data.subjects(ASN.has_target_name, name)]
        assert len(programs) == len(set(programs))
    names = graph.exposures.groupby("targname")["program"].nunique()
    assert len(named_alike) == (names > 1).sum() == 1


def test_iris_are_the_same_from_run_to_run() -> None:
    code = (
        "import asngraph, sys; from asngraph.rdf.write import lines\n"
        "sys.stdout.buffer.writelines(lines(asngraph.generate(asngraph.simulate(60, seed=5)), 'https://x.example/g'))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1"}  # that of this process is another
    other = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, check=True)
    here = b"".join(lines(asngraph.generate(asngraph.simulate(60, seed=5)), "https://x.example/g"))
    assert other.stdout == here
    assert len(here.splitlines()) > 2000


# --- What is said --------------------------------------------------------------------------------------------------


def iri_of(graph: asngraph.AssociationGraph, node: str, data: dict[str, str]) -> URIRef:
    return URIRef(iris.of_node(data["kind"], data["label"], graph.pool.name))


def test_it_says_what_the_network_says(graph) -> None:
    network, data = graph.to_networkx(), graph.to_rdf()
    nodes = {node: iri_of(graph, node, attributes) for node, attributes in network.nodes(data=True)}
    assert len(set(nodes.values())) == len(nodes)
    for kind in NODE_KINDS:
        expected = {nodes[node] for node, each in network.nodes(data="kind") if each == kind}
        assert set(data.subjects(RDF.type, ASN[class_name(kind)])) == expected, kind
    for node, label in network.nodes(data="label"):
        assert list(data.objects(nodes[node], RDFS.label)) == [Literal(label)]
    for relation in RELATIONS:
        expected_edges = {(nodes[a], nodes[b]) for a, b, each in network.edges(data="relation") if each == relation}
        assert set(data.subject_objects(ASN[relation])) == expected_edges, relation


def test_it_says_in_which_role_and_what_serves_what(graph) -> None:
    data = graph.to_rdf()
    label = {subject: str(name) for subject, name in data.subject_objects(RDFS.label)}
    roles = set()
    for each, association in data.subject_objects(ASN.association):
        who = label[data.value(each, ASN.participant)]
        roles.add((label[association], who, unquote(str(data.value(each, ASN.exptype)).rpartition("/")[2])))
    of_exposures = graph.membership.dropna(subset=["exposure"])
    rows = of_exposures[["association", "exposure", "exptype"]].itertuples(index=False, name=None)
    assert set(rows) <= roles
    served = {
        (label[source], label[target], relation)
        for relation in graph.edges["relation"].unique()
        for source, target in data.subject_objects(ASN[relation])
    }
    assert served == set(graph.edges[["source", "target", "relation"]].itertuples(index=False, name=None))
    rules = {(label[a], label[rule]) for a, rule in data.subject_objects(ASN.rule)}
    assert set(graph.associations[["association", "rule"]].itertuples(index=False, name=None)) <= rules
    candidates = {(label[a], label[c].partition("/")[2]) for a, c in data.subject_objects(ASN.for_candidate)}
    assert set(graph.associations[["association", "candidate"]].itertuples(index=False, name=None)) == candidates


def test_the_columns_of_exposures() -> None:
    graph = asngraph.generate(MRS)
    data = graph.to_rdf()
    for name, row in graph.exposures.iterrows():
        subject = URIRef(iris.exposure(name))
        assert str(data.value(subject, ASN.detector)) == row["detector"]
        assert data.value(subject, ASN.exp_type) == URIRef(iris.concept(iris.EXPOSURE_TYPES, row["exp_type"]))
        assert data.value(subject, ASN.role) == URIRef(iris.concept(iris.ROLES, row["role"]))
        assert data.value(subject, ASN.grating) is None  # undefined


def test_exposures_that_were_left_out_say_why() -> None:
    graph = two_programs()
    subject = URIRef(iris.exposure(graph.exposure_names[0]))
    assert graph.to_rdf().value(subject, ASN.excluded) == Literal("tested")


@pytest.mark.slow
@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_it_is_lean(size) -> None:
    graph = asngraph.generate(simulate(size, seed=1))
    quads = sum(some.count(b"\n") for some in lines(graph, "https://x.example/g"))
    # With the columns that rules bind, so that an archive says why as a pool does, and each pair of which one serves.
    assert quads <= 75 * size, f"{quads / size:.1f} quads for each exposure"


def test_symmetric_relations_are_shared_nodes() -> None:
    graph = asngraph.generate(simulate(90, ["miri-mrs", "nircam-mosaic"], seed=1))
    data = graph.to_rdf()
    assert not list(data.subject_objects(ASN.same_target))
    assert len(list(data.subject_objects(ASN.has_target))) == len(graph.pool)
    for relation, property_ in (("same_optics", ASN.has_optics), ("same_dither_pattern", ASN.in_dither_pattern)):
        assert len(list(data.subject_objects(property_))) == (graph.sets["relation"] == relation).sum() > 0


# --- Formats -------------------------------------------------------------------------------------------------------


def quads_of(content: bytes, format_: str) -> set[str]:
    found = pyoxigraph.parse(content, format=format_)
    return {f"{quad.subject} {quad.predicate} {quad.object}" for quad in found}


OXIGRAPH = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "nq": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "json-ld": pyoxigraph.RdfFormat.JSON_LD,
    "xml": pyoxigraph.RdfFormat.RDF_XML,
}


@pytest.mark.slow
@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_the_same_to_two_readers(graph, tmp_path, format_) -> None:
    path = tmp_path / f"graph{FORMATS[format_]}"
    write_rdf(graph, path)
    data = set(graph.to_rdf())
    read = Dataset(default_union=True).parse(path, format="nquads" if format_ == "nq" else format_)
    assert {triple[:3] for triple in read.quads()} == data
    assert quads_of(path.read_bytes(), OXIGRAPH[format_]) == {" ".join(each.n3() for each in t) for t in data}
    if format_ in ("nq", "trig"):
        assert {str(each[3]) for each in read.quads()} == {iris.pool(graph.pool.name)}


@pytest.mark.slow
def test_lines_and_rdflib_say_the_same_quads_each_once(graph) -> None:
    named = iris.pool_version(graph.pool.name, "12ab")
    written = b"".join(lines(graph, named)).decode("utf-8").removesuffix("\n").split("\n")
    assert len(set(written)) == len(written)
    read = Dataset().parse(data="\n".join(written), format="nquads")
    assert set(read.quads()) == set(to_dataset(graph, named).quads())
    assert len(written) == len(graph.to_rdf())


def test_json_ld_fetches_nothing(tmp_path, monkeypatch) -> None:
    path = tmp_path / "graph.jsonld"
    graph = asngraph.generate(MRS)
    write_rdf(graph, path)
    assert '"same_target"' in path.read_text()

    def refuse(*_: object) -> None:
        raise AssertionError("somebody went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(Graph().parse(path, format="json-ld")) == len(graph.to_rdf())


@pytest.mark.parametrize("column", ["filename", "targetid", "targname", "program", "filter", "exposerr", "msametfl"])
def test_an_injected_iri_stays_text(column) -> None:
    text = INJECTED.replace("\n", " ")
    if column == "program":
        text = text.replace("/", "")[:60]
    frame = simulate(12, ["nirspec-msa"], seed=1).to_frame().assign(**{column: text})
    graph = asngraph.generate(asngraph.Pool.from_frame(frame, "a> <b> <c> .\n<d.csv"))
    for read in (
        {str(part) for triple in graph.to_rdf() for part in triple if isinstance(part, URIRef)},
        {
            each.value
            for quad in pyoxigraph.parse(b"".join(lines(graph, "https://x.example/g")), format=OXIGRAPH["nq"])
            for each in quad.triple
            if isinstance(each, pyoxigraph.NamedNode)
        },
    ):
        assert all(each.startswith((iris.BASE, str(RDF), str(RDFS))) for each in read)
        assert not any("evil.example/p" in each.replace("%", "") for each in read)


def test_what_a_format_cannot_hold_is_said_and_the_old_file_stays(tmp_path) -> None:
    frame = pd.DataFrame({"filename": ["a\uffffb"], "program": "1"})
    path = tmp_path / "graph.rdf"
    path.write_text("old")
    with pytest.raises(AsnGraphError, match=r"xml cannot hold the character U\+FFFF"):
        write_rdf(asngraph.generate(asngraph.Pool.from_frame(frame)), path)
    graph = asngraph.generate(asngraph.Pool.from_frame(frame, "a\ud800.csv"))
    for format_ in ("nt", "turtle", "json-ld"):
        with pytest.raises(AsnGraphError, match=r"RDF cannot hold the character U\+D800"):
            write_rdf(graph, path, format_)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("graph.rdf", "old")]


# --- Shapes --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(SHAPES)


def faults(data: Graph, shapes: Graph) -> set[str]:
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    return {str(each) for each in report.objects(None, SH.resultMessage)}


@pytest.mark.slow
def test_every_graph_conforms(graph, shapes) -> None:
    assert faults(graph.to_rdf(), shapes) == set()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_mode_conforms(part, shapes) -> None:
    for mode in list(MODES)[part::4]:
        assert faults(asngraph.generate(simulate(8, [mode], seed=part)).to_rdf(), shapes) == set(), mode


def planted(fault: str, data: Graph) -> None:
    """Spoil a graph."""
    association = next(data.subjects(RDF.type, ASN.Association))
    part = next(data.subjects(ASN.association, association))
    exposure = data.value(part, ASN.participant)
    science = URIRef(iris.concept(iris.ROLES, "science"))
    if fault == "no science":
        for each in list(data.subjects(ASN.association, association)):
            if (each, ASN.exptype, science) in data:
                data.set((each, ASN.exptype, URIRef(iris.concept(iris.ROLES, "background"))))
    elif fault == "no role":
        data.remove((part, ASN.exptype, None))
    elif fault == "no part":
        data.remove((part, None, None))
    elif fault == "two roles":
        data.add((part, ASN.exptype, URIRef(iris.concept(iris.ROLES, "psf"))))
    elif fault == "no anchor":
        data.remove((association, ASN.anchor, None))
    elif fault == "no rule":
        data.remove((association, ASN.rule, None))
    elif fault == "no product":
        data.remove((association, ASN.produces, None))
    elif fault == "no name":
        data.remove((exposure, RDFS.label, None))
    elif fault == "other target":
        one, other = list(data.subjects(RDF.type, ASN.Target))[:2]
        data.add(
            (next(data.subjects(ASN.has_target, one)), ASN.same_target, next(data.subjects(ASN.has_target, other)))
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no science", "an association must have a science member"),
        ("no role", "every member of an association must have a role"),
        ("no part", "every member of an association must have a role"),
        ("two roles", "a participation must have one role"),
        ("no anchor", "an association must have an anchor"),
        ("no rule", "an association must have a rule"),
        ("no product", "an association must have a product"),
        ("no name", "a node must have one name"),
        ("other target", "exposures related by same_target must have the same target"),
    ],
)
def test_a_planted_fault_is_found(fault, said, shapes) -> None:
    data = asngraph.generate(MRS).to_rdf()
    planted(fault, data)
    assert said in faults(data, shapes)


@pytest.mark.slow
def test_an_edge_to_nowhere_is_found_in_every_relation(shapes) -> None:
    data = asngraph.generate(EXAMPLES / "nircam_mosaic.csv").to_rdf()
    for relation in RELATIONS.values():
        there = next(data.subjects(RDF.type, ASN[relation.source.capitalize()]), None)
        nowhere = URIRef(iris.exposure(f"nowhere {relation.name}"))
        data.add((there or nowhere, ASN[relation.name], nowhere))
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    found = set(report.objects(None, SH.focusNode))
    assert {URIRef(iris.exposure(f"nowhere {name}")) for name in RELATIONS} <= found


# --- On the command line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_the_command(run, tmp_path, format_) -> None:
    path = tmp_path / f"graph{FORMATS[format_]}"
    result = run("rdf", MRS, "-o", path)
    assert (result.code, result.out) == (0, "")
    assert f"miri_mrs_background.csv written to {path} as {format_} in" in result.err
    assert quads_of(path.read_bytes(), OXIGRAPH[format_]) == quads_of(
        b"".join(lines(asngraph.generate(MRS))), OXIGRAPH["nt"]
    )


def test_the_command_writes_turtle_to_standard_output(capfdbinary) -> None:
    subprocess.run([sys.executable, "-m", "asngraph", "rdf", MRS], cwd=ROOT, check=True)
    out = capfdbinary.readouterr().out
    assert quads_of(out, OXIGRAPH["turtle"]) == quads_of(b"".join(lines(asngraph.generate(MRS))), OXIGRAPH["nt"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "graph.txt"], "unknown extension; the formats are turtle, nt"),
        (["-o", "none/graph.ttl"], "the folder does not exist"),
        (["-f", "n3"], "n3"),
        (["--support", "none.txt"], "none.txt: the file does not exist"),
    ],
)
def test_what_makes_no_sense_is_said(run, tmp_path, monkeypatch, arguments, said) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("rdf", MRS, *arguments)
    assert (result.code, "Traceback" in result.err) == (2, False)
    assert said in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_rdf(asngraph.generate(MRS), tmp_path, "nt")


# --- Documents -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_document_says_what_comes_out(run, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    document = (ROOT / "docs" / "rdf.md").read_text("utf-8")
    sessions = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    parsed = doctest.DocTestParser().get_doctest("".join(sessions), {}, "rdf.md", "rdf.md", 0)
    assert doctest.DocTestRunner().run(parsed) == (0, 9)
    blocks = re.findall(r"^\$ asngraph (sparql .*)\n((?:(?![$`]).*\n)+)", document, re.MULTILINE)
    assert len(blocks) == 3
    for command, shown in blocks:
        assert run(*shlex.split(command)).out == shown
