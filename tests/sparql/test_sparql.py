"""SPARQL: named queries answer as networkx does; no query does more than read, or takes more than it may."""

from __future__ import annotations

import csv
import io
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pyoxigraph
import pytest
from conftest import EXAMPLES
from graphs import GRAPHS
from hostile import HOSTILE, INJECTED
from quick import quick

import asngraph
from asngraph.errors import AsnGraphError, UsageError
from asngraph.rdf import iris
from asngraph.rdf.write import lines
from asngraph.rules import observatory_rules
from asngraph.rules.description import rule_text
from asngraph.simulation import simulate
from asngraph.sparql.client import Limits, ask
from asngraph.sparql.named_queries import named_queries
from asngraph.sparql.policy import checked

MRS = EXAMPLES / "miri_mrs_background.csv"
BACKGROUND = "jw04322002001_02101_00001_mirifulong"
Rows = Counter[tuple[str, ...]]


@pytest.fixture(params=quick(["here", "in its own process"], "here"))
def anywhere(request) -> None:
    """Answer queries in this process and, among the slow tests, in one of their own, as always outside tests."""
    if request.param == "here":
        request.getfixturevalue("answered_here")


# --- Named queries -------------------------------------------------------------------------------------------------


def members(network: nx.MultiDiGraph) -> list[tuple[str, dict[str, Any], str]]:
    """List exposures with their associations and their roles there."""
    return [
        (network.nodes[a]["label"], network.nodes[b], data["exptype"])
        for a, b, data in network.edges(data=True)
        if data["relation"] == "member_of"
    ]


def stood_for(network: nx.MultiDiGraph) -> set[tuple[str, str]]:
    """List the exposures that serve an association and are no member, with the association."""
    inside = {(name, each["label"]) for name, each, _ in members(network)}
    edges = network.edges(data=True)
    ties = {(a, d["group"]) for a, _, d in edges if d.get("rule") and d["rule"] != d["relation"]}
    return {(network.nodes[a]["label"], group) for a, group in ties} - inside


def made_for(association: dict[str, Any]) -> str:
    return f"{association['program']}/{association['candidate']}"


def sharing_background(network: nx.MultiDiGraph) -> Rows:
    found = (each for each in members(network) if each[2] == "background")
    return Counter((name, each["label"], each["rule"], made_for(each)) for name, each, _ in found)


def science_without_psf(network: nx.MultiDiGraph) -> Rows:
    inside = members(network)
    with_psf = {each["label"] for _, each, exptype in inside if exptype == "psf"}
    compared = {name for name, each, exptype in inside if exptype == "science" and each["label"] in with_psf}
    types = ("nrc_coron", "mir_lyot", "mir_4qpm", "nis_ami")
    return Counter(
        (each["label"], each["exp_type"], next(place(network, node)))
        for node, each in network.nodes(data=True)
        if each.get("exp_type") in types and each.get("role") == "science" and each["label"] not in compared
    )


def place(network: nx.MultiDiGraph, node: str) -> Iterator[str]:
    for _, other, relation in network.out_edges(node, data="relation"):
        if relation == "in_observation":
            yield network.nodes[other]["label"]
    yield ""


def in_no_association(network: nx.MultiDiGraph) -> Rows:
    used = {name for name, *_ in members(network)} | {name for name, _ in stood_for(network)}
    exposures = (each for _, each in network.nodes(data=True) if each["kind"] == "exposure")
    return Counter(
        (each["label"], each.get("exp_type", ""), each.get("role", ""), each.get("excluded", ""))
        for each in exposures
        if each["label"] not in used
    )


def programs_using(network: nx.MultiDiGraph) -> Rows:
    uses = {(name, each["program"], exptype, each["label"]) for name, each, exptype in members(network)}
    program = {each["label"]: each["program"] for _, each in network.nodes(data=True) if each["kind"] == "association"}
    uses |= {(name, program[group], "direct_image", group) for name, group in stood_for(network)}
    counts = Counter(use[:3] for use in uses if use[2] != "science")
    return Counter((*use, str(count)) for use, count in counts.items())


def associations_of(network: nx.MultiDiGraph) -> Rows:
    known = {each["label"]: each for _, each in network.nodes(data=True) if each["kind"] == "association"}
    found = [(name, a, exptype) for name, a, exptype in members(network)]
    found += [(name, known[group], "direct_image") for name, group in stood_for(network)]
    return Counter((name, a["label"], exptype, a["rule"], made_for(a)) for name, a, exptype in found)


def made_of(network: nx.MultiDiGraph) -> Rows:
    derived = nx.DiGraph()
    for a, b, relation in network.edges(data="relation"):
        if relation in ("derived_from", "derived_from_product"):
            derived.add_edge(b, a)
    exposures = [node for node in derived if network.nodes[node]["kind"] == "exposure"]
    label = network.nodes(data="label")
    return Counter((label[e], label[product]) for e in exposures for product in nx.descendants(derived, e))


def with_error(network: nx.MultiDiGraph) -> Rows:
    wrong = {each["label"]: each["exposerr"] for _, each in network.nodes(data=True) if "exposerr" in each}
    inside = (each for each in members(network) if each[0] in wrong)
    return Counter((each["label"], name, exptype, wrong[name]) for name, each, exptype in inside)


def same_target(network: nx.MultiDiGraph) -> Rows:
    targets: dict[str, list[str]] = {}
    for a, b, relation in network.edges(data="relation"):
        if relation == "has_target":
            targets.setdefault(network.nodes[b]["label"], []).append(network.nodes[a]["label"])
    return Counter((a, b, target) for target, each in targets.items() for a in each for b in each if a != b)


ANSWERS: dict[str, Callable[[nx.MultiDiGraph], Rows]] = {
    "associations-of": associations_of,
    "in-no-association": in_no_association,
    "made-of": made_of,
    "programs-using": programs_using,
    "same-target": same_target,
    "science-without-psf": science_without_psf,
    "sharing-background": sharing_background,
    "with-error": with_error,
}


def lone_stars() -> asngraph.AssociationGraph:
    """Make a graph of coronagraphy and interferometry, some without the star with which they are compared."""
    frame = simulate(60, ["nircam-coronagraphy", "niriss-interferometry", "miri-coronagraphy"], seed=1).to_frame()
    lost = (frame["is_psf"] == "t") & (frame.index < 30)
    frame = frame[~lost].reset_index(drop=True)
    frame.loc[len(frame) - 1, "exp_type"] = "mir_dark"  # in no association
    return asngraph.generate(asngraph.Pool.from_frame(frame))


@pytest.fixture(
    scope="module",
    params=quick(
        ["miri_mrs_background", "mixed", "wide fields", "two programs", "lone stars", "hostile"],
        "lone stars",
    ),
)
def graph(request) -> asngraph.AssociationGraph:
    if request.param == "lone stars":
        return lone_stars()
    if request.param == "two programs":  # what was left out is no attribute of the network
        graph = GRAPHS[request.param]()
        return asngraph.generate(graph.pool)
    return GRAPHS[request.param]()


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("name", ANSWERS)
def test_a_named_query_answers_as_networkx_does(graph, name) -> None:
    answer = ask(named_queries()[name], graph)
    assert Counter(answer.texts) == ANSWERS[name](graph.to_networkx())
    assert answer.texts == sorted(answer.texts)


def test_each_answer_was_put_to_the_test() -> None:
    assert set(ANSWERS) == set(named_queries())
    network = lone_stars().to_networkx()
    for name, answer in ANSWERS.items():
        assert answer(network), name
    compared = {name for name, _, exptype in members(network) if exptype == "psf"}
    assert compared


def test_each_is_documented() -> None:
    for query in named_queries().values():
        assert query.text.startswith(f"# {query.about}\n#\n# ")
        assert query.about.endswith("?")
        for variable, about in query.parameters.items():
            assert about
            assert f"?{variable}" in query.text.partition("SELECT")[2]


def test_the_types_that_want_a_psf_are_those_of_the_rules() -> None:
    types = {iri.removeprefix("exp_type:") for iri in named_queries()["science-without-psf"].text.split() if ":" in iri}
    wanting = [rule_text(rule) for rule in observatory_rules() if "psf" in rule.needs]
    assert len(wanting) > 1
    assert all(any(each in text for text in wanting) for each in types & {"nrc_coron", "mir_lyot", "nis_ami"})
    assert {"nrc_coron", "mir_lyot", "mir_4qpm", "nis_ami"} <= types


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    "name",
    quick(
        [BACKGROUND, f"/data/{BACKGROUND.upper()}_rate.fits", f"{BACKGROUND}_uncal.fits"],
        f"/data/{BACKGROUND.upper()}_rate.fits",
    ),
)
def test_an_exposure_is_named_as_people_have_it(name) -> None:
    graph = asngraph.generate(MRS)
    answer = ask(named_queries()["sharing-background"], graph, {"background_name": name})
    everything = sharing_background(graph.to_networkx())
    assert Counter(answer.texts) == Counter({row: n for row, n in everything.items() if row[0].startswith(BACKGROUND)})
    assert (len(answer.rows), answer.unknown) == (5, {})


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    "name",
    quick(
        [HOSTILE[1], INJECTED.replace("\n", " "), '" . ?s ?p ?o . ?x ?y "', "x' } SERVICE <http://x> {", "\\"],
        INJECTED.replace("\n", " "),
    ),
)
def test_what_is_set_is_never_read_as_query(name) -> None:
    graph = asngraph.generate(MRS)
    answer = ask(named_queries()["associations-of"], graph, {"exposure_name": name})
    assert (answer.rows, list(answer.unknown)) == ([], [name])
    assert ask("SELECT ?name { ?s rdfs:label ?name }", graph, {"name": name}).rows == []


@pytest.mark.usefixtures("anywhere")
def test_hostile_names_are_found() -> None:
    graph = GRAPHS["hostile"]()
    for name in graph.exposure_names[:3]:
        answer = ask(named_queries()["associations-of"], graph, {"exposure_name": name})
        assert {row[0] for row in answer.texts} == {name}


# --- Forms, and where the data are ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """Make a store that has the graphs of two pools."""
    folder = tmp_path_factory.mktemp("archive") / "store"
    made = pyoxigraph.Store(str(folder))
    for name in ("nircam_mosaic.csv", MRS.name):
        quads = b"".join(lines(asngraph.generate(EXAMPLES / name), iris.pool_version(name, "1")))
        made.bulk_load(quads, format=pyoxigraph.RdfFormat.N_QUADS)
    made.flush()
    return folder


def test_a_store_is_asked_and_not_touched(run, store) -> None:
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    result = run(
        "sparql", "sharing-background", "--store", store, "--set", f"background_name={BACKGROUND}", "-f", "csv"
    )
    assert result.code == 0
    assert len(list(csv.reader(io.StringIO(result.out)))) == 6
    graphs = ask("SELECT DISTINCT ?g { GRAPH ?g { ?e a asn:Exposure } }", store).texts
    assert set(graphs) == {(iris.pool_version(name, "1"),) for name in ("nircam_mosaic.csv", MRS.name)}
    assert {path.name: path.read_bytes() for path in store.iterdir() if path.name != "LOG"} == {
        name: content for name, content in before.items() if name != "LOG"
    }


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("what", quick(["none", "empty", "file"], "empty"))
def test_no_store(run, tmp_path, what) -> None:
    place = tmp_path / what
    if what == "empty":
        place.mkdir()
    elif what == "file":
        place.write_text("x")
    result = run("sparql", "ASK {}", "--store", place)
    assert (result.code, "not an Oxigraph store or an archive; name the folder of one" in result.err) == (2, True)
    assert [each.name for each in tmp_path.rglob("*")] == ([] if what == "none" else [what])


@pytest.mark.usefixtures("anywhere")
def test_every_form() -> None:
    graph = asngraph.generate(EXAMPLES / "nircam_mosaic.csv")
    assert ask("ASK { ?e a asn:Exposure }", graph).document() == {"head": {}, "boolean": True}
    assert ask("ASK { ?e a asn:Nothing }", graph).boolean is False
    made = ask("CONSTRUCT { ?e asn:is asn:there } WHERE { ?e a asn:Exposure }", graph)
    assert (made.columns, len(made.rows)) == (["subject", "predicate", "object"], 20)
    described = ask("DESCRIBE ?a { ?a a asn:Pool }", graph)
    assert {row[1].rpartition("#")[2] for row in described.texts} == {"type", "label"}
    levels = ask(
        "SELECT DISTINCT ?n ?none { ?a asn:rule/asn:level ?n OPTIONAL { ?a asn:no ?none } } ORDER BY ?n", graph
    )
    integer = f"{iris.PREFIXES['xsd']}integer"
    assert levels.document() == {
        "head": {"vars": ["n", "none"]},
        "results": {"bindings": [{"n": {"type": "literal", "value": n, "datatype": integer}} for n in "23"]},
    }


@pytest.mark.usefixtures("anywhere")
def test_answers_on_the_command_line(run, tmp_path) -> None:
    query = "SELECT ?type ?name { ?e asn:exp_type ?type ; rdfs:label ?name } ORDER BY ?name LIMIT 2"
    file = tmp_path / "query.rq"
    file.write_text(query)
    table, again = run("sparql", query, "--pool", MRS), run("sparql", file, "--pool", MRS)
    assert table.out == again.out
    assert "exp_type:mir_tacq" in table.out.splitlines()[1]
    document = json.loads(run("sparql", query, "--pool", MRS, "-f", "json").out)
    read = list(csv.DictReader(io.StringIO(run("sparql", query, "--pool", MRS, "-f", "csv").out)))
    assert [{name: cell["value"] for name, cell in row.items()} for row in document["results"]["bindings"]] == read
    assert read[0]["type"] == iris.concept(iris.EXPOSURE_TYPES, "mir_tacq")
    assert run("sparql", "ASK {}", "--pool", MRS).out == "yes\n"
    assert run("sparql", "ASK { ?a a asn:Nothing }", "--pool", MRS, "-f", "csv").out == "false\n"


def test_the_list_of_queries(run) -> None:
    out = run("sparql", "--list").out
    for query in named_queries().values():
        assert f"{query.name}: {query.about}" in out


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["nothing", "--pool", MRS],
            "nothing is neither a query, nor a file, nor one of the named queries",
        ),
        (["made-of"], "give one source with --in"),
        (["made-of", "--pool", MRS, "--store", "x"], "give one source with --in"),
        (["made-of", "--store", "x", "--support", "y"], "--support requires a pool"),
        ([], "no query given"),
        (["made-of", "--pool", MRS, "--set", "x=y"], "the query made-of has no variable x; it takes exposure_name"),
        (["with-error", "--pool", MRS, "--set", "x=y"], "it takes nothing"),
        (["made-of", "--pool", MRS, "--set", "x"], "'x' is not of the form NAME=VALUE"),
        (["ASK {", "--pool", MRS], "invalid SPARQL: line 1, column 6"),
        (["SELECT ?a { ?a ?b ?c }", "--pool", MRS, "--set", "c=y"], "it does not return c"),
        (["made-of", "--pool", MRS, "--rows", "0"], "rows must be between 1 and 10,000,000; it is 0"),
        (["made-of", "--pool", MRS, "--seconds", "9" * 20], "seconds must be between 1 and 10,000,000; it is 9"),
        (["made-of", "--pool", MRS, "--set", "exposure_name=a\ud800"], "half of a surrogate pair"),
        (["made-of", "--pool", MRS, "--set", "a b=c"], "'a b' is not the name of a variable"),
        (["made-of", "--pool", "none.csv"], "none.csv: the file does not exist"),
    ],
)
def test_what_makes_no_sense_is_said(run, arguments, said) -> None:
    result = run("sparql", *arguments)
    assert (result.code, "Traceback" in result.err, result.out) == (2, False, "")
    assert said in result.err


@pytest.mark.usefixtures("anywhere")
def test_a_name_that_nothing_has_is_said(run) -> None:
    result = run("sparql", "made-of", "--pool", MRS, "--set", "exposure_name=jw1")
    known = "it has exposures such as jw04322001001_02101_00001_mirimage_uncal.fits"
    warning = f"asngraph: warning: unknown exposure 'jw1' in {MRS.name}; {known}\n"
    assert (result.code, result.err) == (0, warning)


# --- Closed --------------------------------------------------------------------------------------------------------


class Listener:
    """A port of this machine that records who came."""

    def __init__(self) -> None:
        self.came = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.socket.close()


OUTSIDE = {
    "SERVICE": "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SERVICE in small letters": "select * { service silent <URL> { ?s ?p ?o } }",
    "SERVICE of a variable": "SELECT * { VALUES ?u { <URL> } SERVICE ?u { ?s ?p ?o } }",
    "SERVICE in EXISTS": "ASK { ?a ?b ?c FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "SERVICE in a query within": "SELECT * { { SELECT * { OPTIONAL { SERVICE <URL> { ?s ?p ?o } } } } }",
    "SERVICE after a comment that ends": "SELECT * { ?s ?p ?o # a\rSERVICE <URL> { ?x ?y ?z }\n}",
    "SERVICE after a comment of its own": "SELECT * { ?s ?p ?o # \\u000a SERVICE <URL> { ?x ?y ?z }\n}",
    "SERVICE after an escaped sign": "SELECT * { ?s asn:a\\# ?o . SERVICE <URL> { ?x ?y ?z }\n}",
    "SERVICE in escapes": "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "FROM": "SELECT * FROM <URL> { ?s ?p ?o }",
    "FROM NAMED": "SELECT * FROM NAMED <URL> { GRAPH ?g { ?s ?p ?o } }",
    "ASK FROM": "ASK FROM <URL> { ?s ?p ?o }",
    "CONSTRUCT FROM": "CONSTRUCT { ?s ?p ?o } FROM <URL> WHERE { ?s ?p ?o }",
    "DESCRIBE FROM": "DESCRIBE ?s FROM <URL> { ?s ?p ?o }",
    "LOAD": "LOAD <URL>",
    "LOAD INTO": "LOAD <URL> INTO GRAPH <http://x.example/>",
    "INSERT DATA": "INSERT DATA { <http://x.example/> a <http://x.example/> }",
    "INSERT WHERE": "INSERT { ?s a ?s } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "DELETE WHERE": "DELETE WHERE { ?s ?p ?o }",
    "CLEAR": "CLEAR ALL",
    "DROP": "DROP GRAPH <URL>",
    "a query, then an update": "ASK {} ; LOAD <URL>",
    "a function": "SELECT (<URL>(?s) AS ?x) { ?s ?p ?o }",
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_what_reaches_outside_is_against_the_policy(what) -> None:
    with pytest.raises(UsageError):
        checked(OUTSIDE[what].replace("URL", "http://127.0.0.1/"))


@pytest.mark.parametrize("what", quick(OUTSIDE, "SERVICE", "LOAD"))
def test_what_reaches_outside_is_refused_and_nobody_comes(run, store, listener, what) -> None:
    query = OUTSIDE[what].replace("URL", listener.url)
    result = run("sparql", query, "--store", store)
    assert (result.code, result.out, "Traceback" in result.err) == (2, "", False)
    assert listener.came == 0


def test_the_engine_would_have_gone(listener) -> None:
    """What is refused above is no idle threat: left alone, the engine goes there."""
    own = Listener()
    with pytest.raises(OSError, match=r".+"):
        list(pyoxigraph.Store().query(OUTSIDE["SERVICE"].replace("URL", own.url)))
    own.socket.close()
    assert own.came > 0
    assert listener.came == 0


def test_a_planted_file_is_not_read(run, tmp_path) -> None:
    file = tmp_path / "planted.nt"
    file.write_text('<http://secret.example/> <http://secret.example/> "secret" .\n')
    for form in ("FROM <IRI>", "FROM NAMED <IRI>"):
        query = (
            f"SELECT ?o {form.replace('IRI', file.as_uri())} {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
        )
        result = run("sparql", query, "--pool", MRS)
        assert (result.code, "secret" in result.out) == (2, False)
        assert "FROM is not allowed" in result.err


def test_words_are_no_keywords_where_they_are_text() -> None:
    for query in (
        'SELECT ?service ("SERVICE <x>" AS ?load) { ?service asn:from \'FROM\' , """LOAD "x" """ # INSERT\n}',
        "PREFIX service: <http://x.example/from#> SELECT * { ?from service:load <http://x.example/SERVICE> }",
    ):
        assert checked(query) == query


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    "query",
    ["ASK { FILTER(" + "(" * 300 + "1" + ")" * 300 + ") }", "x" * 200_000, "\ud800", ""],
    ids=["nested", "long", "surrogate", "empty"],  # pytest 8.0 puts the whole text into the environment
)
def test_what_no_parser_likes(query) -> None:
    with pytest.raises(UsageError):
        ask(query, asngraph.generate(EXAMPLES / "nircam_mosaic.csv"))


# --- Limits --------------------------------------------------------------------------------------------------------

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.mark.slow
def test_a_query_that_never_ends_is_ended(run) -> None:
    started = time.monotonic()
    result = run("sparql", ENDLESS, "--pool", MRS, "--seconds", "1")
    assert time.monotonic() - started < 30
    assert (result.code, result.out) == (1, "")
    assert "the query took longer than 1 s; simplify it, or allow more time" in result.err


@pytest.mark.slow
def test_a_text_that_keeps_the_parser_busy_is_ended() -> None:
    query = "ASK { FILTER(" + "(" * 40 + "?x" + "+1)" * 40 + ") }"
    started = time.monotonic()
    with suppress(AsnGraphError):
        ask(query, asngraph.generate(EXAMPLES / "nircam_mosaic.csv"), limits=Limits(seconds=2))
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_a_query_that_wants_all_memory_is_ended(run) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
    result = run("sparql", query, "--pool", MRS, "--memory", "64", "--seconds", "60")
    assert (result.code, result.out) == (1, "")
    assert "the query needs more memory than 64 MiB" in result.err


def test_rows_are_limited_and_that_is_said(run) -> None:
    result = run("sparql", "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "--pool", MRS, "--rows", "3", "-f", "json")
    assert len(json.loads(result.out)["results"]["bindings"]) == 3
    assert result.err == "asngraph: warning: there are more than 3 rows; raise the limit with --rows\n"
    exact = run("sparql", "SELECT ?a { ?a a asn:Pool }", "--pool", MRS, "--rows", "1")
    assert exact.err == ""


def test_a_missing_engine_is_named(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    result = run("sparql", "ASK {}", "--pool", MRS)
    assert result.code == 1
    assert "pip install 'asngraph[rdf]'" in result.err


def test_what_lies_about_is_not_taken_for_a_module(run, tmp_path, monkeypatch) -> None:
    (tmp_path / "rdflib.py").write_text("raise SystemExit('taken')")
    monkeypatch.chdir(tmp_path)
    assert run("sparql", "ASK {}", "--pool", MRS).out == "yes\n"


@pytest.mark.usefixtures("anywhere")
def test_a_pool_of_text_that_looks_like_rdf() -> None:
    frame = pd.DataFrame(
        {"filename": ["a"], "program": ["1"], "targname": [INJECTED.replace("\n", "")], "targetid": "1"}
    )
    graph = asngraph.generate(asngraph.Pool.from_frame(frame))
    assert ask("ASK { ?s <https://evil.example/p> ?o }", graph).boolean is False
    assert ask("SELECT ?n { ?t asn:targname ?n }", graph).texts == [(INJECTED.replace("\n", ""),)]
