"""Exports: what goes into a file comes out of it, read by the programs that the formats are for."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pandas as pd
import pytest
from conftest import EXAMPLES, ROOT
from hostile import HOSTILE, hostile_graph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from pyarrow import parquet
from quick import quick

import asngraph
from asngraph.errors import AsnGraphError, UsageError
from asngraph.exports import FORMATS, export
from asngraph.graph.networkx_view import VIEWS
from asngraph.model.relations import RELATIONS
from asngraph.simulation import simulate
from asngraph.util.atomic import replacing

JS = ROOT / "tests" / "js"
SUPPORT = EXAMPLES / "miri_mrs_background_support.txt"

needs_dot = needs("dot")
needs_cytoscape = needs("cytoscape")


@pytest.fixture(scope="module")
def hostile() -> asngraph.AssociationGraph:
    return hostile_graph()


@pytest.fixture(
    scope="module",
    params=quick(
        ["nircam_mosaic", "miri_mrs_background", "wide fields", "shutters", "nothing", "hostile"],
        "miri_mrs_background",
        "nothing",
        "hostile",
    ),
)
def graph(request, hostile) -> asngraph.AssociationGraph:
    if request.param == "hostile":
        return hostile
    if request.param == "wide fields":
        return asngraph.generate(simulate(30, ["niriss-wfss"], seed=2))
    if request.param == "shutters":
        return asngraph.generate(simulate(30, ["nirspec-msa"], seed=2), with_support=True)
    if request.param == "nothing":
        return asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame({"filename": ["a_uncal.fits"]})))
    support = SUPPORT if request.param == "miri_mrs_background" else None
    return asngraph.generate(EXAMPLES / f"{request.param}.csv", support=support, with_support=support is not None)


def contents(network: Any, *, of_nodes: tuple[str, ...] = (), of_edges: tuple[str, ...] = ()) -> Any:
    """Return all nodes and edges with their attributes, without those that only the format has."""
    nodes = {
        node: {name: value for name, value in data.items() if name not in of_nodes}
        for node, data in network.nodes(data=True)
    }
    edges = sorted(
        (u, v, sorted((name, value) for name, value in data.items() if name not in of_edges))
        for u, v, data in network.edges(data=True)
    )
    return nodes, edges


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# How networkx reads each format, and what it then has more than what was written.
READERS: dict[str, tuple[Any, dict[str, tuple[str, ...]]]] = {
    "graphml": (lambda path: nx.read_graphml(path, force_multigraph=True), {}),
    "gexf": (nx.read_gexf, {"of_edges": ("id",)}),
    "cytoscape": (
        lambda path: nx.cytoscape_graph(read_json(path)),
        {"of_nodes": ("id", "value", "name"), "of_edges": ("source", "target", "key")},
    ),
    "node-link": (lambda path: nx.node_link_graph(read_json(path), edges="edges"), {}),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format_", READERS)
def test_networkx_reads_back_what_was_written(graph, tmp_path, format_, view) -> None:
    (path,) = graph.export(tmp_path / "graph", format_, view)
    read, more = READERS[format_]
    assert contents(read(path), **more) == contents(graph.to_networkx(view))


def test_nothing_in_the_network_is_undefined_or_of_another_type(graph) -> None:
    network = graph.to_networkx()
    data = [each for _, each in network.nodes(data=True)] + [each for *_, each in network.edges(data=True)]
    assert {type(value) for each in data for value in each.values()} <= {str, int}
    assert not any(value in ("", "null") for each in data for value in each.values())
    assert len({key for *_, key in network.edges(keys=True)}) == network.number_of_edges()


def test_columns_with_names_of_formats_are_called_otherwise(hostile) -> None:
    data = hostile.to_networkx("exposures").nodes[f"{HOSTILE[0]}_uncal.fits"]
    assert data["kind"] == "exposure"
    assert {
        "pool_id",
        "pool_pid",
        "pool_parent",
        "pool_kind",
        "pool_",
        "pool_pool_id",
        "source",
        "shape",
    } <= data.keys()


def undoubled(text: str) -> str:
    return text.replace("\\\\", "\\")


def drawn(path: Path, language: str) -> str:
    done = subprocess.run(["dot", f"-T{language}", path], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


def check_with_dot(graph: asngraph.AssociationGraph, path: Path, view: str) -> None:
    export(graph, path, "dot", view)
    network = graph.to_networkx(view)
    document = json.loads(drawn(path, "json0"))
    nodes = {}
    for each in document.get("objects", []):
        attributes = {undoubled(k[2:]): undoubled(v) for k, v in each.items() if k.startswith("x_")}
        nodes[each["_gvid"]] = attributes.pop("node"), attributes
        assert {k for k in each if not k.startswith("x_")} <= {
            "_gvid", "name", "label", "shape", "fontname", "pos", "width", "height",
        }  # fmt: skip
    expected = {
        node: {name: str(value) for name, value in data.items() if name != "label"}
        for node, data in network.nodes(data=True)
    }
    # json0 gives every node all attributes that any has; those that it lacks are empty.
    assert {node: {k: v for k, v in data.items() if v} for node, data in nodes.values()} == expected
    edges = sorted((nodes[e["tail"]][0], nodes[e["head"]][0], e["x_relation"]) for e in document.get("edges", []))
    assert edges == sorted(network.edges(data="relation"))


@needs_dot
@pytest.mark.parametrize("view", ["associations", "products"])
def test_graphviz_reads_what_was_written(graph, tmp_path, view) -> None:
    check_with_dot(graph, tmp_path / "graph.dot", view)


@needs_dot
def test_graphviz_shows_labels_as_they_are(tmp_path) -> None:
    frame = pd.DataFrame({"filename": HOSTILE, "program": "1", "obs_num": [str(n) for n in range(len(HOSTILE))]})
    graph = asngraph.generate(asngraph.Pool.from_frame(frame))
    export(graph, tmp_path / "graph.dot", view="exposures")
    drawing = ElementTree.fromstring(drawn(tmp_path / "graph.dot", "svg"))
    nodes = drawing.findall(".//{*}g[@class='node']")
    shown = {"".join(text.text or "" for text in node.findall(".//{*}text")).replace("\u00a0", " ") for node in nodes}
    assert shown == {text.replace("\u00a0", " ") for text in HOSTILE}
    assert not drawing.findall(".//{*}a") + drawing.findall(".//{*}image") + drawing.findall(".//{*}script")


@needs_cytoscape
def test_cytoscape_js_reads_what_was_written(graph, tmp_path) -> None:
    (path,) = export(graph, tmp_path / "graph.cyjs")
    done = subprocess.run(["node", JS / "read_cytoscape.js", path], capture_output=True, check=True, timeout=60)
    read, network = json.loads(done.stdout), graph.to_networkx()
    assert read["withParent"] == 0
    assert all(node["name"] == node["label"] for node in read["nodes"])
    assert {node["id"]: without(node, "id", "value", "name", "__proto__") for node in read["nodes"]} == {
        node: without(data, "__proto__") for node, data in network.nodes(data=True)
    }
    assert sorted((edge["from"], edge["to"], edge["relation"]) for edge in read["edges"]) == sorted(
        network.edges(data="relation")
    )


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def as_texts(data: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in data.items()}


def check_tables(network: nx.MultiDiGraph, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
    """Hold two tables, without their empty cells, against a network."""
    assert {node["id"]: without(node, "id") for node in nodes} == {
        node: {name: str(value) for name, value in data.items()} for node, data in network.nodes(data=True)
    }
    assert sorted(sorted(edge.items()) for edge in edges) == sorted(
        sorted(
            ({"src": u, "dst": v, "relationship": data["relation"]} | as_texts(without(data, "relation"))).items(),
            key=lambda item: item[0],
        )
        for u, v, data in network.edges(data=True)
    )
    assert {edge[end] for edge in edges for end in ("src", "dst")} <= {node["id"] for node in nodes}


@pytest.mark.parametrize("view", VIEWS)
def test_csv_tables(graph, tmp_path, view) -> None:
    tables = []
    for path in graph.export(tmp_path / "graph.csv", view=view):
        with path.open(encoding="utf-8", newline="") as file:
            tables.append([{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)])
    check_tables(graph.to_networkx(view), *tables)


@pytest.mark.parametrize("view", VIEWS)
def test_parquet_tables(graph, tmp_path, view) -> None:
    paths = graph.export(tmp_path / "graph.parquet", view=view)
    assert [path.name for path in paths] == ["graph_nodes.parquet", "graph_edges.parquet"]
    nodes, edges = map(parquet.read_table, paths)
    if "level" in nodes.column_names:
        assert str(nodes.schema.field("level").type) == "int64"
    rows = [
        [{k: str(v) for k, v in row.items() if v is not None} for row in table.to_pylist()] for table in (nodes, edges)
    ]
    check_tables(graph.to_networkx(view), *rows)


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=8
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_comes_out_as_it_went_in(data, tmp_path) -> None:
    count = data.draw(st.integers(1, 3))
    columns = data.draw(st.lists(texts, max_size=3, unique_by=lambda name: name.strip().lower()))
    cells = st.lists(texts | st.sampled_from(HOSTILE), min_size=count, max_size=count)
    frame = {name: data.draw(cells) for name in columns} | {
        name: data.draw(cells) for name in ("filename", "targetid", "msametfl")
    }
    frame |= {"program": ["1"] * count}
    unique = {name.strip().lower(): column for name, column in frame.items()}
    graph = asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame(unique)))
    for format_, (read, more) in READERS.items():
        (path,) = export(graph, tmp_path / "graph", format_)
        assert contents(read(path), **more) == contents(graph.to_networkx()), format_
    nodes = parquet.read_table(export(graph, tmp_path / "graph", "parquet")[0]).to_pylist()
    assert {node["id"]: {k: v for k, v in node.items() if v is not None and k != "id"} for node in nodes} == contents(
        graph.to_networkx()
    )[0]


@pytest.mark.slow
@needs_dot
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(texts | st.text('\\"<>&;nlN{}|:', min_size=1, max_size=6), min_size=1, max_size=12))
def test_any_text_comes_out_of_graphviz_as_it_went_in(names, tmp_path) -> None:
    frame = pd.DataFrame({"filename": names, "program": "1", "targname": names[::-1]})
    check_with_dot(asngraph.generate(asngraph.Pool.from_frame(frame)), tmp_path / "graph.dot", "exposures")


# --- Views ---------------------------------------------------------------------------------------------------------


def test_views_are_parts_of_the_whole(graph) -> None:
    nodes, edges = contents(graph.to_networkx())
    kinds = {
        "exposures": {"exposure"},
        "associations": {"association", "exposure", "product", "support"},
        "products": {"product", "exposure"},
    }
    for view, known in kinds.items():
        some_nodes, some_edges = contents(graph.to_networkx(view))
        assert some_nodes.items() <= nodes.items()
        # In the view of exposures symmetric relations are pairs; in the whole they are nodes.
        assert all(edge in edges for edge in some_edges if ("symmetric", 1) not in edge[2])
        assert {data["kind"] for data in some_nodes.values()} <= known
        assert {(RELATIONS[dict(d)["relation"]].source) for *_, d in some_edges} <= known


def test_no_such_view(graph) -> None:
    with pytest.raises(UsageError, match="unknown view 'nothing'; use one of full, exposures, associations, products"):
        graph.to_networkx("nothing")


def test_wide_field_spectra_derive_from_the_catalog_of_the_level_3_image() -> None:
    graph = asngraph.generate(simulate(40, ["niriss-wfss"], seed=2))
    network = graph.to_networkx("products")
    spectra = set(graph.associations.query("asn_type == 'spec2'")["product"])
    images = set(graph.associations.query("asn_type == 'image3'")["product"])
    found = {
        (source, target, data["file"].rpartition("_")[2], data["exptype"])
        for source, target, data in network.edges(data=True)
        if data["relation"] == "derived_from_product" and source.removeprefix("product:") in spectra
    }
    assert {source.removeprefix("product:") for source, *_ in found} == spectra
    assert {target.removeprefix("product:") for _, target, *_ in found} <= images
    assert {each[2:] for each in found} == {
        ("i2d.fits", "direct_image"), ("cat.ecsv", "sourcecat"), ("segm.fits", "segmap"),
    }  # fmt: skip


def test_level_3_products_derive_from_the_level_2_products_of_the_same_exposures() -> None:
    graph = asngraph.generate(EXAMPLES / "miri_mrs_background.csv")
    network = graph.to_networkx("products")
    product = graph.associations.set_index("association").loc["jw04322-c1000_spec3_00001", "product"]
    made_of: dict[str, set[str]] = {"derived_from": set(), "derived_from_product": set()}
    for _, target, relation in network.out_edges(f"product:{product}", data="relation"):
        made_of[relation].add(target)
    assert len(made_of["derived_from"]) == 13
    assert made_of["derived_from_product"] == {
        "product:" + name.removesuffix("_uncal.fits") for name in made_of["derived_from"]
    }


def test_a_merged_association_produces_all_its_products() -> None:
    graph = asngraph.generate(EXAMPLES / "miri_mrs_background.csv", merge=True)
    network = graph.to_networkx()
    (merged,) = graph.associations.query("asn_type == 'spec2' and candidate == 'c1000'")["association"]
    relations = [relation for *_, relation in network.out_edges(f"association:{merged}", data="relation")]
    assert relations.count("produces") == 8


def test_exposures_that_are_called_alike_stay_apart() -> None:
    names = ["a", "a#2", "a", "observation:00001/1", "exposure:observation:00001/1", "a#3"]
    frame = pd.DataFrame({"filename": names, "program": "1", "obs_num": "1"})
    graph = asngraph.generate(asngraph.Pool.from_frame(frame))
    assert graph.exposure_names == ["a", "a#2", "a#4", *names[3:]]
    network = graph.to_networkx()
    assert network.nodes["observation:00001/1"]["kind"] == "observation"
    assert sum(kind == "exposure" for _, kind in network.nodes(data="kind")) == len(names)


# --- Files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_on_the_command_line(run, tmp_path, format_) -> None:
    path = tmp_path / f"graph{FORMATS[format_].extensions[-1]}"
    arguments = ["graph", EXAMPLES / "miri_mrs_background.csv", "-o", path, "--view", "products"]
    result = run(*arguments)
    assert (result.code, result.out) == (0, "")
    written = sorted(each.name for each in tmp_path.iterdir())
    assert len(written) == (2 if FORMATS[format_].tables else 1)
    assert all(str(tmp_path / name) in result.err for name in written)
    first = {name: (tmp_path / name).read_bytes() for name in written}
    assert run(*arguments, "-f", format_, "--overwrite").code == 0
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == first


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("graph", [], "the name has no extension; the formats are graphml,"),
        ("graph.xyz", [], "unknown extension .xyz"),
        ("none/graph.gexf", [], "the folder does not exist"),
        ("folder", ["-f", "gexf"], "is a folder"),
        ("graph.gexf", ["--view", "nothing"], "nothing"),
        ("graph.gexf", ["-f", "nothing"], "nothing"),
        ("graph.gexf", ["--support", "none.txt"], "none.txt: the file does not exist"),
        ("graph.gexf", ["-d", ";"], "the column is missing"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_written(run, tmp_path, name, options, said) -> None:
    (tmp_path / "folder").mkdir()
    result = run("graph", EXAMPLES / "nircam_mosaic.csv", "-o", tmp_path / name, *options)
    assert (result.code, "Traceback" in result.err) == (2, False)
    assert said in result.err
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_support_files_on_the_command_line(run, tmp_path) -> None:
    path = tmp_path / "graph.json"
    assert run("graph", EXAMPLES / "miri_mrs_background.csv", "--support", SUPPORT, "-o", path).code == 0
    kinds = [node.get("support_kind") for node in read_json(path)["nodes"] if node["kind"] == "support"]
    assert sorted(kinds) == ["guide_star", "jitter", "jitter"]


@pytest.mark.parametrize(("format_", "text"), [("graphml", "a\uffffb"), ("gexf", "a\ufffeb")])
def test_what_xml_cannot_hold_is_said_and_the_old_file_stays(tmp_path, format_, text) -> None:
    graph = asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame({"filename": [text], "program": "1"})))
    path = tmp_path / "graph"
    path.write_text("old")
    with pytest.raises(AsnGraphError, match=f"{format_} cannot hold the character U\\+FFF"):
        export(graph, path, format_)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("graph", "old")]
    assert export(graph, path, "node-link") == [path]
    assert text in nx.node_link_graph(read_json(path), edges="edges")


@pytest.mark.parametrize(("format_", "package"), [("dot", "graphviz"), ("parquet", "pyarrow")])
def test_a_missing_package_is_named(run, tmp_path, monkeypatch, format_, package) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = run("graph", EXAMPLES / "nircam_mosaic.csv", "-o", tmp_path / "graph", "-f", format_)
    assert result.code == 1
    assert "pip install 'asngraph[" in result.err
    assert list(tmp_path.iterdir()) == []


def test_files_are_replaced_together_or_not_at_all(tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")
    with pytest.raises(RuntimeError), replacing(first, second) as (one, _):
        one.write(b"half")
        raise RuntimeError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("first", "old")]
    with replacing(first, second) as (one, two):
        one.write(b"1")
        two.write(b"2")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"first": "1", "second": "2"}
