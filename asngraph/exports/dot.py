"""Export to DOT, for Graphviz."""

from __future__ import annotations

from typing import IO, Any

import networkx as nx

from asngraph.util.extras import needed

_SHAPES = {
    "exposure": "box",
    "observation": "folder",
    "target": "diamond",
    "target_name": "plaintext",
    "optics": "octagon",
    "dither_pattern": "trapezium",
    "mosaic": "tab",
    "candidate": "hexagon",
    "association": "ellipse",
    "product": "component",
    "support": "note",
    "set_aside": "ellipse",
}


def write_dot(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    r"""Write a graph as DOT.

    Nodes are numbered, and their labels are literal, without markup or escapes. All other attributes have the prefix
    ``x_``, to which Graphviz gives no meaning; ``x_node`` is the name of the node. Backslashes are doubled, as Graphviz
    requires.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        The file to write to.

    Raises
    ------
    MissingExtraError
        When the package graphviz is missing.
    """
    with needed("exports", "DOT is written with graphviz"):
        from graphviz import Digraph, escape
    dot = Digraph(graph_attr={"rankdir": "LR"}, node_attr={"fontname": "sans-serif"})
    numbers = {node: f"n{number}" for number, node in enumerate(network)}
    for node, data in network.nodes(data=True):
        shown = {"label": _label(data["label"]), "shape": _SHAPES[data["kind"]]}
        attributes = shown | _attributes(data | {"node": node})
        dot.node(numbers[node], **{escape(name): escape(value) for name, value in attributes.items()})
    for source, target, data in network.edges(data=True):
        attributes = {"label": _label(data["relation"])} | _attributes(data)
        if data.get("symmetric"):
            attributes["dir"] = "none"
        dot.edge(
            numbers[source], numbers[target], **{escape(name): escape(value) for name, value in attributes.items()}
        )
    for line in dot:
        file.write(line.encode("utf-8"))


def _attributes(data: dict[str, Any]) -> dict[str, str]:
    """Return attributes with names to which Graphviz gives no meaning."""
    return {f"x_{name}": str(value) for name, value in data.items() if name != "label"}


def _label(text: str) -> str:
    """Return a label that Graphviz shows literally; it would interpret ``&amp;`` as a character."""
    return text.replace("&", "&amp;")
