"""Export to DOT, for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from asngraph.graph.networkx_view import View
from asngraph.util.extras import needed
from asngraph.util.text import encoded

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


def write_dot(view: View, file: IO[bytes]) -> None:
    r"""Write a graph as DOT.

    Nodes are numbered, and their labels are literal, without markup or escapes. All other attributes have the prefix
    ``x_``, to which Graphviz gives no meaning; ``x_node`` is the name of the node. Backslashes are doubled, as Graphviz
    requires.

    Parameters
    ----------
    view : View
        The graph.
    file : open binary file
        The file to write to.

    Raises
    ------
    MissingExtraError
        When the package graphviz is missing.
    """
    with needed("exports", "DOT is written with graphviz"):
        from graphviz import Digraph
    dot = Digraph(graph_attr={"rankdir": "LR"}, node_attr={"fontname": "sans-serif"})
    dot.body = _body(view)  # graphviz only iterates over it
    file.writelines(encoded(dot))


def _body(view: View) -> Iterator[str]:
    from graphviz import Digraph, escape

    line = Digraph()
    numbers: dict[str, str] = {}
    for node, data in view.nodes():
        numbers[node] = f"n{len(numbers)}"
        shown = {"label": _label(data["label"]), "shape": _SHAPES[data["kind"]]}
        attributes = shown | _attributes(data | {"node": node})
        line.node(numbers[node], **{escape(name): escape(value) for name, value in attributes.items()})
        yield line.body.pop()
    for source, target, data in view.edges():
        attributes = {"label": _label(data["relation"])} | _attributes(data)
        if data.get("symmetric"):
            attributes["dir"] = "none"
        line.edge(
            numbers[source], numbers[target], **{escape(name): escape(value) for name, value in attributes.items()}
        )
        yield line.body.pop()


def _attributes(data: dict[str, Any]) -> dict[str, str]:
    """Return attributes with names to which Graphviz gives no meaning."""
    return {f"x_{name}": str(value) for name, value in data.items() if name != "label"}


def _label(text: str) -> str:
    """Return a label that Graphviz shows literally; it would interpret ``&amp;`` as a character."""
    return text.replace("&", "&amp;")
