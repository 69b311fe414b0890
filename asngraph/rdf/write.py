"""Writing RDF, in any format, directly from the statements."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from asngraph.errors import FormatError, UsageError
from asngraph.rdf import iris
from asngraph.rdf.documents import json_ld, rdf_xml, turtle
from asngraph.rdf.statements import node, statements
from asngraph.util.atomic import check_place, replacing
from asngraph.util.text import encoded

if TYPE_CHECKING:
    from rdflib import Dataset, Graph, Literal, URIRef

    from asngraph.graph.association_graph import AssociationGraph

# The formats, each with its extension.
FORMATS = {
    "turtle": ".ttl",
    "nt": ".nt",
    "nq": ".nq",
    "trig": ".trig",
    "json-ld": ".jsonld",
    "xml": ".rdf",
}
_NAMED = ("nq", "trig")  # formats with named graphs


def lines(graph: AssociationGraph, named: str | None = None) -> Iterator[bytes]:
    r"""Yield a graph as N-Triples or N-Quads, directly from its columns.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    named : str, optional
        The IRI of the named graph (`asngraph.rdf.iris.pool_version`); without one the lines are N-Triples.

    Yields
    ------
    bytes
        Blocks of whole lines.

    Raises
    ------
    AsnGraphError
        When a text cannot be written in UTF-8.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(3, ["nircam-imaging"], seed=1, name="a.csv"))
    >>> print(b"".join(lines(graph)).decode().partition("\n")[0])
    <https://w3id.org/asngraph/id/pool/a.csv> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/asngraph/ns#Pool> .
    """  # noqa: E501 (real output)
    end = f" {node(named)} .\n" if named else " .\n"
    yield from encoded(f"{s} {p} {o}{end}" for s, p, o in statements(graph))


def to_rdf(graph: AssociationGraph) -> Graph:
    """Return a graph as an rdflib graph.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    rdflib.Graph
        The graph in the vocabulary of ``ontology/asngraph.ttl``. Its identifier is the IRI of the pool.
    """
    return _fill(graph, iris.pool(graph.pool.name))


def to_dataset(graph: AssociationGraph, named: str | None = None) -> Dataset:
    """Return an rdflib dataset with a graph as a named graph.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    named : str, optional
        The IRI of the named graph; by default that of the pool.

    Returns
    -------
    rdflib.Dataset
    """
    from rdflib import Dataset

    dataset = Dataset(default_union=True)
    _bind(dataset)
    _fill(graph, named or iris.pool(graph.pool.name), dataset)
    return dataset


def _bind(graph: Graph) -> None:
    for prefix, namespace in iris.PREFIXES.items():
        graph.bind(prefix, namespace)


def _fill(graph: AssociationGraph, named: str, dataset: Dataset | None = None) -> Graph:
    from rdflib import Graph, URIRef

    filled = Graph(identifier=URIRef(named), bind_namespaces="none") if dataset is None else dataset.graph(named)
    _bind(filled)
    for subject, predicate, object_ in statements(graph):
        filled.add((_iri(subject), _iri(predicate), _iri(object_) if object_[0] == "<" else _text(object_)))
    return filled


@lru_cache(maxsize=65536)
def _iri(written: str) -> URIRef:
    from rdflib import URIRef

    return URIRef(written[1:-1])


@lru_cache(maxsize=65536)
def _text(written: str) -> Literal:
    from rdflib import Literal, URIRef

    value, _, datatype = written.rpartition('"')
    return Literal(json.loads(f'{value}"'), datatype=URIRef(datatype[3:-1]) if datatype else None)


def format_of(path: Path | None, format_: str | None = None) -> str:
    """Return the format for a file of RDF.

    Parameters
    ----------
    path : path, optional
        The file.
    format_ : str, optional
        The format, if given.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        When the format is unknown.
    FormatError
        When no format is given and the extension is that of none.

    Examples
    --------
    >>> format_of(Path("graph.nq")), format_of(None)
    ('nq', 'turtle')
    """
    if format_ is None:
        if path is None:
            return "turtle"
        found = [name for name, extension in FORMATS.items() if path.suffix.lower() == extension]
        if not found:
            raise FormatError(f"{path}: unknown extension; the formats are {', '.join(FORMATS)}")
        return found[0]
    if format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}; use one of {', '.join(FORMATS)}")
    return format_


def write_rdf(
    graph: AssociationGraph,
    target: str | os.PathLike[str] | IO[bytes],
    format_: str | None = None,
    named: str | None = None,
) -> None:
    """Write a graph as RDF.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    target : path or open binary file
        The file to write; an existing file is replaced atomically.
    format_ : str, optional
        One of `FORMATS`; by default that of the extension, and Turtle for an open file.
    named : str, optional
        For nq and trig, the IRI of the named graph; by default that of the pool.

    Raises
    ------
    UsageError
        When the format is unknown or the folder missing.
    AsnGraphError
        When the format cannot represent a text of the graph.
    """
    named = named or iris.pool(graph.pool.name)
    if not isinstance(target, str | os.PathLike):
        _write(graph, target, format_of(None, format_), named)
        return
    path = Path(target)
    chosen = format_of(path, format_)
    check_place(path)
    with replacing(path) as (file,):
        _write(graph, file, chosen, named)


def _write(graph: AssociationGraph, file: IO[bytes], format_: str, named: str) -> None:
    within = named if format_ in _NAMED else None
    if format_ in ("nt", "nq"):
        file.writelines(lines(graph, within))
    elif format_ in ("turtle", "trig"):
        file.writelines(encoded(turtle(statements(graph), within)))
    else:
        file.writelines(encoded((rdf_xml if format_ == "xml" else json_ld)(statements(graph))))
