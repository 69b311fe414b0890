"""Exports in a stream: what is in memory at once, and what formats declare before they are written."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import networkx as nx
import pandas as pd
import pytest
from pyarrow import parquet

import asngraph
from asngraph.errors import AsnGraphError
from asngraph.exports import FORMATS, export, parquet_by_program, tabular
from asngraph.graph.networkx_view import VIEWS, View
from asngraph.simulation import simulate
from asngraph.util import text


@pytest.fixture(scope="module")
def graph() -> asngraph.AssociationGraph:
    made = asngraph.generate(simulate(150, seed=3))
    list(View(made).edges())  # what a graph keeps once it is computed
    return made


def peak(function: Callable[[], Any]) -> int:
    tracemalloc.start()
    function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_needs_a_fraction_of_the_whole_network(graph, tmp_path, monkeypatch, format_) -> None:
    monkeypatch.setattr(tabular, "_ROWS", 100)
    monkeypatch.setattr(text, "_AT_ONCE", 100)
    path = tmp_path / f"graph{FORMATS[format_].extensions[0]}"
    export(graph, path, format_)  # imports and caches
    assert peak(lambda: export(graph, path, format_)) < peak(graph.to_networkx) / 2


def test_an_export_by_program_needs_a_fraction_of_the_whole_network(graph, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet_by_program, "_ROWS", 100)

    def write() -> None:
        assert list(parquet_by_program.export_by_program([graph], tmp_path)) == [(graph.pool.name, ["04898"])]

    write()  # imports and caches
    assert peak(write) < peak(graph.to_networkx) / 2


def test_few_files_are_open_at_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet_by_program, "_OPEN", 2)
    frame = pd.concat([simulate(5, seed=n, program=n).to_frame() for n in range(1, 6)])
    graph = asngraph.generate(asngraph.Pool.from_frame(frame))
    list(parquet_by_program.export_by_program([graph], tmp_path))
    tables = [parquet.read_table(file) for file in sorted(tmp_path.glob("edges/*/*.parquet"))]
    assert len(tables) == 5
    assert sum(map(len, tables)) == graph.to_networkx().number_of_edges()


@pytest.mark.parametrize("view", VIEWS)
def test_columns_are_those_of_the_nodes_and_edges(graph, view) -> None:
    shown, network = View(graph, view), graph.to_networkx(view)
    of_nodes = {(name, type(value)) for _, data in network.nodes(data=True) for name, value in data.items()}
    of_edges = {(name, type(value)) for *_, data in network.edges(data=True) for name, value in data.items()}
    assert {(name, type_) for name, types in shown.node_columns.items() for type_ in types} == of_nodes
    assert {(name, type_) for name, types in shown.edge_columns.items() for type_ in types} >= of_edges


def test_the_name_of_a_pool_comes_back_from_graphml(tmp_path) -> None:
    name = 'a\t&<b>\r\n"c".csv'
    graph = asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame({"filename": ["x.fits"]}), name))
    (path,) = export(graph, tmp_path / "graph.graphml")
    assert nx.read_graphml(path).graph["pool"] == name
    export(graph, tmp_path / "graph.gexf")
    nx.read_gexf(tmp_path / "graph.gexf")


def places(format_: str) -> list[str]:
    """Return where a pool may have a character that the format cannot hold: its cells are UTF-8, its name is any."""
    return ["pool", "filename", "targname"] if FORMATS[format_].markup else ["pool"]


@pytest.mark.parametrize(("format_", "place"), [(format_, place) for format_ in FORMATS for place in places(format_)])
def test_a_character_that_a_format_cannot_hold_leaves_no_file(tmp_path, format_, place) -> None:
    bad = "a\uffff" if FORMATS[format_].markup else "a\ud800"
    row = {"filename": ["a.fits"], "program": ["1"], "targetid": ["1"], "targname": ["m31"]}
    name = bad if place == "pool" else "a.csv"
    if place != "pool":
        row[place] = [bad]
    graph = asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame(row), name))
    with pytest.raises(AsnGraphError, match=f"{format_} cannot hold the character U\\+{ord(bad[1]):04X}"):
        export(graph, tmp_path / "graph", format_)
    assert list(tmp_path.iterdir()) == []
