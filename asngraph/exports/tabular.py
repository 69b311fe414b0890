"""Exports to two tables, nodes and edges.

The columns have the names of GraphFrames: ``id`` for nodes; ``src``, ``dst`` and ``relationship`` for edges.
"""

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
    """Write a graph as CSV, in UTF-8; undefined cells are empty.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    nodes, edges : open binary files
        The files to write to.
    """
    for rows, file in ((_nodes(network), nodes), (_edges(network), edges)):
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        text.detach()


def write_parquet(network: nx.MultiDiGraph, nodes: IO[bytes], edges: IO[bytes]) -> None:
    """Write a graph as Parquet; undefined cells are null.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    nodes, edges : open binary files
        The files to write to.

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
    """Return the row of a node, with its attributes.

    Parameters
    ----------
    node : str
        The name of the node.
    data : dict
        Its attributes.

    Returns
    -------
    dict
        The cells, by column.
    """
    return {"id": node} | data


def edge_row(source: str, target: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the row of an edge, with its attributes.

    Parameters
    ----------
    source, target : str
        The names of the nodes.
    data : dict
        The attributes of the edge.

    Returns
    -------
    dict
        The cells, by column.
    """
    ends = {"src": source, "dst": target, "relationship": data["relation"]}
    return ends | {name: value for name, value in data.items() if name != "relation"}


def text_table(rows: Rows, columns: Sequence[str]) -> pyarrow.Table:
    """Return a table of text columns, which has certain columns even without rows.

    Parameters
    ----------
    rows : list of dict
        The rows.
    columns : sequence of str
        The columns that the table has in any case.

    Returns
    -------
    pyarrow.Table
        The columns that are given, then all others of the rows.
    """
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
