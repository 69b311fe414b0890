"""Exports to two tables, nodes and edges.

The columns have the names of GraphFrames: ``id`` for nodes; ``src``, ``dst`` and ``relationship`` for edges.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from asngraph.graph.networkx_view import View
from asngraph.util.extras import needed

if TYPE_CHECKING:
    import pyarrow

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]

_ROWS = 65536  # of a part of a Parquet file, in memory at once


def write_csv(view: View, nodes: IO[bytes], edges: IO[bytes]) -> None:
    """Write a graph as CSV, in UTF-8; undefined cells are empty.

    Parameters
    ----------
    view : View
        The graph.
    nodes, edges : open binary files
        The files to write to.
    """
    for (columns, rows), file in zip(_tables(view), (nodes, edges), strict=True):
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        text.detach()


def write_parquet(view: View, nodes: IO[bytes], edges: IO[bytes]) -> None:
    """Write a graph as Parquet; undefined cells are null.

    Parameters
    ----------
    view : View
        The graph.
    nodes, edges : open binary files
        The files to write to.

    Raises
    ------
    MissingExtraError
        When the package pyarrow is missing.
    """
    with needed("parquet", "Parquet is written by pyarrow"):
        import pyarrow as pa
        from pyarrow import parquet
    for (columns, rows), file in zip(_tables(view), (nodes, edges), strict=True):
        types = {name: pa.int64() if some == {int} else pa.string() for name, some in columns.items()}
        with parquet.ParquetWriter(file, pa.schema(types)) as writer:
            while block := list(islice(rows, _ROWS)):
                writer.write_table(_table(block, types))


def _tables(view: View) -> Iterator[tuple[dict[str, set[type]], Iterator[Row]]]:
    """Yield the columns and the rows of the nodes, and those of the edges."""
    own: dict[str, set[type]] = {"id": {str}}
    yield own | view.node_columns, (node_row(*node) for node in view.nodes())
    ends: dict[str, set[type]] = {name: {str} for name in ("src", "dst", "relationship")}
    others = {name: types for name, types in view.edge_columns.items() if name != "relation"}
    yield ends | others, (edge_row(*edge) for edge in view.edges())


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
    """Return a table of text columns.

    Parameters
    ----------
    rows : list of dict
        The rows.
    columns : sequence of str
        The columns.

    Returns
    -------
    pyarrow.Table
    """
    import pyarrow as pa

    return pa.table({name: pa.array(_texts([row.get(name) for row in rows]), pa.string()) for name in columns})


def _texts(cells: list[Any]) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in cells]


def _table(rows: Rows, types: dict[str, Any]) -> pyarrow.Table:
    import pyarrow as pa

    def column(name: str) -> pyarrow.Array:
        cells = [row.get(name) for row in rows]
        return pa.array(_texts(cells) if pa.types.is_string(types[name]) else cells, types[name])

    return pa.table({name: column(name) for name in types})
