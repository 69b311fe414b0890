"""Exports of the graph to formats of other programs.

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
from asngraph.graph.networkx_view import Attributes, View
from asngraph.util.atomic import check_place, replacing
from asngraph.util.text import NOT_IN_XML

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph


class Format(NamedTuple):
    """Export format.

    Parameters
    ----------
    module, function : str
        The function of this package that writes it, given a view of the graph and the open file or files.
    extensions : tuple of str
        Its file extensions.
    tables : tuple of str
        The suffixes of the file names, for a format with several files.
    markup : bool
        Whether it is XML, which does not allow every character.
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
    """Write an association graph in an exchange format, and return the files.

    An existing file is replaced once the new one is complete. Tabular formats make two files, with ``_nodes`` and
    ``_edges`` before the extension.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    path : path
        The file to write, in an existing folder.
    format_ : str, optional
        One of `FORMATS`; by default the one of the extension of `path`.
    view : str
        The part of the graph: one of `asngraph.graph.networkx_view.VIEWS`.

    Returns
    -------
    list of path
        The files that were written.

    Raises
    ------
    UsageError
        When the format or view is unknown, or the folder does not exist.
    AsnGraphError
        When a package that writes the format is missing, or the format does not allow a character.

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
    shown = Checked(graph, view, name)
    with replacing(*files) as opened:
        write(shown, *opened)
    return files


def format_of(path: Path, format_: str | None = None) -> str:
    """Return the format of a file.

    Parameters
    ----------
    path : path
        The file.
    format_ : str, optional
        The format, if given; otherwise it follows from the extension.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    UsageError
        When the format is unknown.
    FormatError
        When no format is given and the extension is unknown.

    Examples
    --------
    >>> format_of(Path("graph.gv"))
    'dot'
    """
    if format_ is None:
        extension = path.suffix.lower()
        found = [name for name, each in FORMATS.items() if extension in each.extensions]
        if not found:
            what = f"unknown extension {extension}" if extension else "the name has no extension"
            raise FormatError(f"{path}: {what}; the formats are {', '.join(FORMATS)}")
        return found[0]
    if format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}; use one of {', '.join(FORMATS)}")
    return format_


def file_names(path: Path, format_: str) -> list[Path]:
    """Return the files of a graph in a format.

    Parameters
    ----------
    path : path
        The requested file.
    format_ : str
        The format.

    Returns
    -------
    list of path
        One file, or one for each table.

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


class Checked(View):
    """A view of a graph whose texts are checked as they are read.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    view : str
        The part of the graph: one of `asngraph.graph.networkx_view.VIEWS`.
    format_ : str
        One of `FORMATS`; nodes and edges raise an `AsnGraphError` when they have a character that it does not allow,
        with the text around it.

    Notes
    -----
    Pools have no control characters, but their names may, and XML disallows more.
    """

    def __init__(self, graph: AssociationGraph, view: str, format_: str) -> None:
        super().__init__(graph, view)
        self._format = format_
        self._bad = NOT_IN_XML if FORMATS[format_].markup else _NOT_IN_UTF8
        self._check(graph.pool.name)

    def nodes(self) -> Iterator[tuple[str, Attributes]]:
        """Yield the nodes, as a view does."""
        for name, data in super().nodes():
            self._check(" ".join((name, *data, *map(str, data.values()))))
            yield name, data

    def edges(self) -> Iterator[tuple[str, str, Attributes]]:
        """Yield the edges, as a view does."""
        for source, target, data in super().edges():
            self._check(" ".join(map(str, data.values())))
            yield source, target, data

    def _check(self, text: str) -> None:
        found = self._bad.search(text)
        if found:
            near = text[max(found.start() - 30, 0) : found.end() + 30]
            raise AsnGraphError(
                f"{self._format} cannot hold the character U+{ord(found[0]):04X} in {near!a}; remove it from the pool "
                "or its name, or choose another format"
            )
