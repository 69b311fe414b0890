"""Two tables, nodes and edges, with the column names of GraphFrames: ``id``, and ``src``, ``dst``, ``relationship``."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import networkx as nx

from asngraph.util.extras import needed

if TYPE_CHECKING:
    import pyarrow

Rows = list[dict[str, Any]]


def write_csv(network: nx.MultiDiGraph, nodes: IO[bytes], edges: IO[bytes]) -> None:
    """Write CSV in UTF-8: what is undefined is empty, and cells are data as they are.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    nodes, edges : open binary files
        Where to.
    """
    for rows, file in ((_nodes(network), nodes), (_edges(network), edges)):
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        text.detach()


def write_parquet(network: nx.MultiDiGraph, nodes: IO[bytes], edges: IO[bytes]) -> None:
    """Write Parquet: what is undefined is null.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    nodes, edges : open binary files
        Where to.

    Raises
    ------
    MissingExtraError
        When the package pyarrow is missing.
    """
    with needed("parquet", "Parquet is written by pyarrow"):
        from pyarrow import parquet
    for rows, file in ((_nodes(network), nodes), (_edges(network), edges)):
        parquet.write_table(_table(rows), file)


def node_row(node: str, data: dict[str, Any]) -> dict[str, Any]:
    """Make a row of a node and its attributes."""
    return {"id": node} | data


def edge_row(source: str, target: str, data: dict[str, Any]) -> dict[str, Any]:
    """Make a row of an edge and its attributes."""
    ends = {"src": source, "dst": target, "relationship": data["relation"]}
    return ends | {name: value for name, value in data.items() if name != "relation"}


def text_table(rows: Rows, columns: Sequence[str]) -> pyarrow.Table:
    """Make a table of text, which has some columns whether or not there are rows."""
    import pyarrow as pa

    names = dict.fromkeys([*columns, *_columns(rows)])
    return pa.table({name: pa.array(_texts([row.get(name) for row in rows]), pa.string()) for name in names})


def _nodes(network: nx.MultiDiGraph) -> Rows:
    return [node_row(node, data) for node, data in network.nodes(data=True)]


def _edges(network: nx.MultiDiGraph) -> Rows:
    return [edge_row(source, target, data) for source, target, data in network.edges(data=True)]


def _columns(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _texts(cells: list[Any]) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in cells]


def _table(rows: Rows) -> pyarrow.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name in _columns(rows):
        cells = [row.get(name) for row in rows]
        whole = all(isinstance(cell, int) for cell in cells if cell is not None)
        columns[name] = pa.array(cells, pa.int64()) if whole else pa.array(_texts(cells), pa.string())
    return pa.table(columns)
