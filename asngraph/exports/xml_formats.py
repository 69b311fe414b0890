"""Exports to GraphML and GEXF, one element at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from asngraph.graph.networkx_view import View
from asngraph.util.text import encoded

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_GEXF = "http://www.gexf.net/1.2draft"

# The identifiers of the attributes of nodes or edges, by name and type.
_Keys: TypeAlias = dict[tuple[str, type], str]


def write_graphml(view: View, file: IO[bytes]) -> None:
    """Write a graph as GraphML.

    Parameters
    ----------
    view : View
        The graph.
    file : open binary file
        Where to.
    """
    file.writelines(encoded(_graphml(view)))


def write_gexf(view: View, file: IO[bytes]) -> None:
    """Write a graph as GEXF 1.2; Gephi shows the labels of nodes.

    Parameters
    ----------
    view : View
        The graph.
    file : open binary file
        Where to.
    """
    file.writelines(encoded(_gexf(view)))


def _graphml(view: View) -> Iterator[str]:
    scopes = dict(zip(("node", "edge"), _keys(view), strict=True))
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="{_GRAPHML}">\n'
    yield '<key id="pool" for="graph" attr.name="pool" attr.type="string"/>\n'
    for scope, keys in scopes.items():
        for (name, type_), key in keys.items():
            yield f'<key id="{key}" for="{scope}" attr.name={_quoted(name)} attr.type="{_type(type_)}"/>\n'
    yield f'<graph edgedefault="directed"><data key="pool">{_escaped(view.pool)}</data>\n'
    for name, data in view.nodes():
        yield f"<node id={_quoted(name)}>{_data(data, scopes['node'])}</node>\n"
    for number, (source, target, data) in enumerate(view.edges()):
        ends = f"source={_quoted(source)} target={_quoted(target)}"
        yield f'<edge {ends} id="{number}">{_data(data, scopes["edge"])}</edge>\n'
    yield "</graph>\n</graphml>\n"


def _data(data: dict[str, Any], keys: _Keys) -> str:
    cells = [(keys[name, type(value)], _escaped(str(value))) for name, value in data.items()]
    return "".join([f'<data key="{key}">{text}</data>' for key, text in cells])


def _gexf(view: View) -> Iterator[str]:
    scopes = dict(zip(("node", "edge"), _keys(view), strict=True))
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<gexf xmlns="{_GEXF}" version="1.2">\n'
    yield f'<graph defaultedgetype="directed" mode="static" name={_quoted(view.pool)}>\n'
    for scope, keys in scopes.items():
        yield f'<attributes class="{scope}" mode="static">\n'
        for (name, type_), key in keys.items():
            if name != "label":
                yield f'<attribute id="{key}" title={_quoted(name)} type="{_type(type_)}"/>\n'
        yield "</attributes>\n"
    yield "<nodes>\n"
    for name, data in view.nodes():
        label = _quoted(data.pop("label"))
        yield f"<node id={_quoted(name)} label={label}>{_attvalues(data, scopes['node'])}</node>\n"
    yield "</nodes>\n<edges>\n"
    for number, (source, target, data) in enumerate(view.edges()):
        ends = f"source={_quoted(source)} target={_quoted(target)}"
        yield f'<edge {ends} id="{number}">{_attvalues(data, scopes["edge"])}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


def _attvalues(data: dict[str, Any], keys: _Keys) -> str:
    cells = [(keys[name, type(value)], _quoted(str(value))) for name, value in data.items()]
    return "<attvalues>" + "".join([f'<attvalue for="{key}" value={text}/>' for key, text in cells]) + "</attvalues>"


def _keys(view: View) -> Iterator[_Keys]:
    """Yield the identifiers of the attributes of nodes, and of those of edges."""
    for scope, types in zip(("n", "e"), (view.node_columns, view.edge_columns), strict=True):
        pairs = [(name, type_) for name, some in types.items() for type_ in sorted(some, key=repr)]
        yield {pair: f"{scope}{number}" for number, pair in enumerate(pairs)}


def _type(type_: type) -> str:
    return "long" if type_ is int else "string"


@lru_cache(maxsize=65536)
def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


@lru_cache(maxsize=65536)
def _quoted(text: str) -> str:
    return quoteattr(text)
