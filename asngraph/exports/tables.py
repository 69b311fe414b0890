"""Two tables, nodes and edges, with the column names of GraphFrames: ``id``, and ``src``, ``dst``, ``relationship``."""

from __future__ import annotations

import csv
import io
from typing import IO, TYPE_CHECKING, Any

import networkx as nx

from asngraph.errors import AsnGraphError

if TYPE_CHECKING:
    import pyarrow

_Rows = list[dict[str, Any]]


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
    AsnGraphError
        When the package pyarrow is missing.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise AsnGraphError("Parquet is written by pyarrow: pip install 'asngraph[parquet]'") from None
    for rows, file in ((_nodes(network), nodes), (_edges(network), edges)):
        parquet.write_table(_table(rows), file)


def _nodes(network: nx.MultiDiGraph) -> _Rows:
    return [{"id": node} | data for node, data in network.nodes(data=True)]


def _edges(network: nx.MultiDiGraph) -> _Rows:
    return [
        {"src": source, "dst": target, "relationship": data["relation"]}
        | {name: value for name, value in data.items() if name != "relation"}
        for source, target, data in network.edges(data=True)
    ]


def _columns(rows: _Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _table(rows: _Rows) -> pyarrow.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name in _columns(rows):
        cells = [row.get(name) for row in rows]
        whole = all(isinstance(cell, int) for cell in cells if cell is not None)
        texts = cells if whole else [None if cell is None else str(cell) for cell in cells]
        columns[name] = pa.array(texts, pa.int64() if whole else pa.string())
    return pa.table(columns)
