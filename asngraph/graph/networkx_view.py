"""The networkx graph, in full or in part, for analysis and for the exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from asngraph.errors import UsageError
from asngraph.graph.elements import Edge, Node, NodeKey, elements, symmetric_sets
from asngraph.model.relations import NODE_KINDS

if TYPE_CHECKING:
    import networkx as nx

    from asngraph.graph.association_graph import AssociationGraph

Attributes: TypeAlias = dict[str, Any]

# Attribute names that formats or asngraph reserve: a column of a pool with such a name gets the prefix `pool_`.
_TAKEN = frozenset([
    "", "directed", "end", "id", "key", "kind", "label", "name", "parent", "pid", "slices", "spells", "start", "type",
    "value", "viz",
])  # fmt: skip
_PREFIX = "pool_"

# The parts of the graph in a view (`asngraph.graph.elements.PARTS`); None for all.
VIEWS: dict[str, tuple[str, ...] | None] = {
    "full": None,
    "exposures": ("exposures", "services"),
    "associations": ("associations", "members"),
    "products": ("products",),
}
# The view that shows symmetric relations as pairs of exposures.
_UNFOLDED = "exposures"
MOST_PAIRS = 5_000_000


def to_networkx(graph: AssociationGraph, view: str = "full", *, implied: bool = True) -> nx.MultiDiGraph:
    """Return an association graph as a networkx graph.

    Nodes are named ``kind:name``, exposures by file name. All attributes are text or integers; undefined ones are
    omitted. Each edge has a unique key.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    view : str
        The part of the graph: one of `VIEWS`. In the view ``exposures``, symmetric relations are pairs: one edge for
        each pair, in the order of the pool, with the attribute ``symmetric``; exports write them as undirected. In
        the other views, they are nodes, such as targets, to which their exposures have edges.
    implied : bool
        Whether to include edges that follow from others.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes have a ``kind``, a ``label`` and their attributes; edges have a ``relation`` and, if a rule derived
        them, the rule, candidate and group.

    Raises
    ------
    UsageError
        When the view is unknown or would have more than `MOST_PAIRS` pairs.

    Notes
    -----
    O(n) nodes and edges for n exposures and members, and one edge for each pair of exposures of which one serves the
    other; the view ``exposures`` has O(n squared) edges for n exposures of one target.
    """
    if view not in VIEWS:
        raise UsageError(f"unknown view {view!r}; use one of {', '.join(VIEWS)}")
    import networkx as nx

    result = nx.MultiDiGraph(pool=graph.pool.name)
    for key, each in enumerate(_shown(graph, view, implied=implied)):
        if isinstance(each, Node):
            result.add_node(name_of(each.key), kind=each.key.kind, label=each.key.name, **_attributes(each))
        else:
            result.add_edge(name_of(each.source), name_of(each.target), key, **_edge_attributes(each))
    return result


def name_of(key: NodeKey) -> str:
    """Return the name of a node in the networkx graph.

    Parameters
    ----------
    key : NodeKey
        The kind and name of the node.

    Returns
    -------
    str
        The file name of an exposure; ``kind:name`` of all other nodes.
    """
    kind, name = key
    # An exposure whose name begins as that of another kind of node gets its prefix, too.
    plain = kind == "exposure" and not (":" in name and name.partition(":")[0] in NODE_KINDS)
    return name if plain else f"{kind}:{name}"


def _shown(graph: AssociationGraph, view: str, *, implied: bool) -> Iterator[Node | Edge]:
    parts = VIEWS[view]
    if parts is None:
        yield from elements(graph, implied=implied)
        return
    if view == _UNFOLDED:
        _check_pairs(graph, view)
    if "exposures" not in parts:
        yield from _with_exposures(graph, elements(graph, parts, implied=implied))
        return
    for each in elements(graph, parts, implied=implied):
        if isinstance(each, Node) or each.target.kind == "exposure":
            yield each
    if view == _UNFOLDED:
        yield from _pairs(graph)


def _with_exposures(graph: AssociationGraph, some: Iterator[Node | Edge]) -> Iterator[Node | Edge]:
    """Yield nodes and edges, with the exposures at the ends of edges before these."""
    known = {node.key: node for node in elements(graph, ["exposures"]) if isinstance(node, Node)}
    for each in some:
        if isinstance(each, Edge):
            for end in (each.source, each.target):
                if end in known:
                    yield known.pop(end)
        yield each


def _check_pairs(graph: AssociationGraph, view: str) -> None:
    count = sum(each.size for each in symmetric_sets(graph))
    if count > MOST_PAIRS:
        raise UsageError(
            f"the view {view} would have {count:,} pairs of exposures, more than {MOST_PAIRS:,}; use the view full, in "
            "which a relation among many exposures is a node"
        )


def _pairs(graph: AssociationGraph) -> Iterator[Edge]:
    names = [NodeKey("exposure", name) for name in graph.exposure_names]
    for each in symmetric_sets(graph):
        attributes = {"symmetric": 1}
        for one, other in each.pairs():
            yield Edge(
                names[one], names[other], each.relation, "", each.candidate, each.candidate_type, each.name, attributes
            )


def _attributes(node: Node) -> Attributes:
    if node.key.kind != "exposure":
        return _known(node.attributes)
    return _known({_attribute(column): value for column, value in node.attributes.items()})


def _edge_attributes(edge: Edge) -> Attributes:
    own = {
        "relation": edge.relation,
        "rule": edge.rule,
        "candidate": edge.candidate,
        "candidate_type": edge.candidate_type,
        "group": edge.group,
    }
    return _known(own | dict(edge.attributes))


def _attribute(column: str) -> str:
    """Return the name of the attribute for a column of a pool."""
    return _PREFIX + column if column in _TAKEN or column.startswith(_PREFIX) else column


def _known(attributes: Mapping[str, Any]) -> Attributes:
    """Return the defined attributes, as few formats can express undefined ones."""
    return {name: value for name, value in attributes.items() if value not in (None, "", "null")}
