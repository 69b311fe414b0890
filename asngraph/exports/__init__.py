"""Exports: the graph in formats that other programs read.

========== =============================================== ====================================================
format     extension of the file                           read by
========== =============================================== ====================================================
graphml    ``.graphml``                                    networkx, Gephi, yEd, igraph, Cytoscape
gexf       ``.gexf``                                       Gephi, networkx
dot        ``.dot``, ``.gv``                               Graphviz
cytoscape  ``.cyjs``                                       Cytoscape, cytoscape.js
node-link  ``.json``                                       networkx, D3
csv        ``.csv``: two files, nodes and edges            Spark (GraphFrames), Neo4j, pandas, spreadsheets
parquet    ``.parquet``: two files, nodes and edges        the same
========== =============================================== ====================================================
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asngraph.errors import AsnGraphError, FormatError, UsageError
from asngraph.graph.networkx_view import to_networkx
from asngraph.util.atomic import check_place, replacing
from asngraph.util.text import NOT_IN_XML

if TYPE_CHECKING:
    import networkx as nx

    from asngraph.graph.association_graph import AssociationGraph


class Format(NamedTuple):
    """A format.

    Parameters
    ----------
    module, function : str
        What writes it, in this package: it takes a networkx graph, and the open file or files.
    extensions : tuple of str
        The extensions that stand for it.
    tables : tuple of str
        What is put behind the name of the file, for a format that has several.
    markup : bool
        Whether it is XML, which cannot hold every character.
    """

    module: str
    function: str
    extensions: tuple[str, ...]
    tables: tuple[str, ...] = ()
    markup: bool = False


FORMATS = {
    "graphml": Format("xml_formats", "write_graphml", (".graphml",), markup=True),
    "gexf": Format("xml_formats", "write_gexf", (".gexf",), markup=True),
    "dot": Format("dot", "write_dot", (".dot", ".gv")),
    "cytoscape": Format("json_formats", "write_cytoscape", (".cyjs",)),
    "node-link": Format("json_formats", "write_node_link", (".json",)),
    "csv": Format("tabular", "write_csv", (".csv",), ("nodes", "edges")),
    "parquet": Format("tabular", "write_parquet", (".parquet",), ("nodes", "edges")),
}

_NOT_IN_UTF8 = re.compile("[\ud800-\udfff]")


def export(
    graph: AssociationGraph, path: str | os.PathLike[str], format_: str | None = None, view: str = "full"
) -> list[Path]:
    """Write an association graph in a format that other programs read.

    A file that is there is replaced, once the new one is whole. Formats that are tables make two files, with ``_nodes``
    and ``_edges`` before the extension.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    path : path
        The file to write, in a folder that is there.
    format_ : str, optional
        One of `FORMATS`; by default what the extension of `path` says.
    view : str
        How much of the graph: one of `asngraph.graph.networkx_view.VIEWS`.

    Returns
    -------
    list of path
        The files that were written.

    Raises
    ------
    UsageError
        When there is no such format, view or folder.
    AsnGraphError
        When a package that writes the format is missing, or the format cannot hold a text.

    Examples
    --------
    >>> import tempfile
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(5, ["nircam-imaging"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in export(graph, Path(folder) / "graph.csv", view="products")]
    ['graph_nodes.csv', 'graph_edges.csv']
    """
    path = Path(path)
    name = format_of(path, format_)
    chosen = FORMATS[name]
    files = file_names(path, name)
    check_place(*files)
    write = getattr(importlib.import_module(f"asngraph.exports.{chosen.module}"), chosen.function)
    network = to_networkx(graph, view)
    check_texts(network, name)
    with replacing(*files) as opened:
        write(network, *opened)
    return files


def format_of(path: Path, format_: str | None = None) -> str:
    """Return the format in which a file is to be.

    Parameters
    ----------
    path : path
        The file.
    format_ : str, optional
        The format, if it was named.

    Raises
    ------
    UsageError
        When there is no such format.
    FormatError
        When none was named and the extension stands for none.

    Examples
    --------
    >>> format_of(Path("graph.gv"))
    'dot'
    """
    if format_ is None:
        extension = path.suffix.lower()
        found = [name for name, each in FORMATS.items() if extension in each.extensions]
        if not found:
            what = f"the extension {extension} stands for no format" if extension else "it has no extension"
            raise FormatError(f"{path}: {what}; there are {', '.join(FORMATS)}")
        return found[0]
    if format_ not in FORMATS:
        raise UsageError(f"there is no format {format_}; there are {', '.join(FORMATS)}")
    return format_


def file_names(path: Path, format_: str) -> list[Path]:
    """Return the files in which a format puts a graph.

    Parameters
    ----------
    path : path
        The file that was asked for.
    format_ : str
        The format.

    Examples
    --------
    >>> [file.name for file in file_names(Path("mosaic"), "csv")], file_names(Path("mosaic.dot"), "dot")[0].name
    (['mosaic_nodes.csv', 'mosaic_edges.csv'], 'mosaic.dot')
    """
    chosen = FORMATS[format_]
    if not chosen.tables:
        return [path]
    extension = chosen.extensions[0]
    stem = path.name[: -len(extension)] if path.suffix.lower() == extension else path.name
    return [path.parent / f"{stem}_{table}{extension}" for table in chosen.tables]


def check_texts(network: nx.MultiDiGraph, format_: str) -> None:
    """Refuse what a format cannot hold; a pool has no control characters, but its name may, and XML refuses more.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    format_ : str
        One of `FORMATS`.

    Raises
    ------
    AsnGraphError
        With the text.
    """
    bad = NOT_IN_XML if FORMATS[format_].markup else _NOT_IN_UTF8
    for text in _texts(network):
        found = bad.search(text)
        if found:
            near = text[max(found.start() - 30, 0) : found.end() + 30]
            raise AsnGraphError(
                f"{format_} cannot hold the character U+{ord(found[0]):04X} in {near!a}; take it out of the pool "
                "or of its name, or choose another format"
            )


def _texts(network: nx.MultiDiGraph) -> Iterator[str]:
    """Yield every name and text of a graph, those of one node or edge in one."""
    yield from map(str, network.graph.values())
    for node, data in network.nodes(data=True):
        yield " ".join((node, *data, *map(str, data.values())))
    for *_, data in network.edges(data=True):
        yield " ".join(map(str, data.values()))
