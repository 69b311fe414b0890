"""Exports to JSON: for Cytoscape, and the node-link form of networkx and D3."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

from asngraph.graph.networkx_view import View
from asngraph.util.text import encoded

_KIND = {"directed": True, "multigraph": True}


def write_cytoscape(view: View, file: IO[bytes]) -> None:
    """Write the JSON of Cytoscape and cytoscape.js; a node has its name as ``id`` and its label as ``name``.

    Parameters
    ----------
    view : View
        The graph.
    file : open binary file
        Where to.
    """
    head = {"data": [["pool", view.pool]], **_KIND}
    nodes = ({"data": data | {"id": name, "value": name, "name": data["label"]}} for name, data in view.nodes())
    edges = ({"data": data | ends} for data, ends in _edges(view))
    file.writelines(encoded(_document(head, nodes, edges, '"elements": {', "}}")))


def write_node_link(view: View, file: IO[bytes]) -> None:
    """Write the node-link form, which ``networkx.node_link_graph(..., edges="edges")`` reads.

    Parameters
    ----------
    view : View
        The graph.
    file : open binary file
        Where to.
    """
    nodes = (data | {"id": name} for name, data in view.nodes())
    edges = (data | ends for data, ends in _edges(view))
    file.writelines(encoded(_document({**_KIND, "graph": {"pool": view.pool}}, nodes, edges, "", "}")))


def _edges(view: View) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for key, (source, target, data) in enumerate(view.edges()):
        yield data, {"source": source, "target": target, "key": key}


def _document(head: dict[str, Any], nodes: Iterable[Any], edges: Iterable[Any], before: str, end: str) -> Iterator[str]:
    yield json.dumps(head).removesuffix("}") + f', {before}"nodes": ['
    yield from _items(nodes)
    yield '], "edges": ['
    yield from _items(edges)
    yield f"]{end}\n"


def _items(values: Iterable[Any]) -> Iterator[str]:
    between = "\n"
    for value in values:
        yield between + json.dumps(value)
        between = ",\n"
