"""Views of a graph: its nodes and edges in full or in part, for networkx and the exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from asngraph.errors import UsageError
from asngraph.graph.elements import PARTS, Edge, Node, NodeKey, edges, nodes, symmetric_sets
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
_EDGE_COLUMNS = ("relation", "rule", "candidate", "candidate_type", "group", "exptype", "file")
MOST_PAIRS = 5_000_000


class View:
    """A part of a graph, as networkx and the exports show it.

    Nodes are named ``kind:name``, exposures by file name. All attributes are text or integers; undefined ones are
    omitted. Each pass generates the nodes or edges again, so that only one of them is in memory.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    view : str
        The part of the graph: one of `VIEWS`.
    implied : bool
        Whether to include edges that follow from others.

    Raises
    ------
    UsageError
        When the view is unknown or would have more than `MOST_PAIRS` pairs.

    Examples
    --------
    >>> import asngraph
    >>> view = View(asngraph.generate(asngraph.simulate(2, ["nircam-imaging"], seed=1)), "products")
    >>> [(name, data["kind"]) for name, data in view.nodes()][-1], len(list(view.edges()))
    (('jw03201001001_02101_00001_nrca2_uncal.fits', 'exposure'), 6)
    """

    def __init__(self, graph: AssociationGraph, view: str = "full", *, implied: bool = True) -> None:
        if view not in VIEWS:
            raise UsageError(f"unknown view {view!r}; use one of {', '.join(VIEWS)}")
        self._graph, self._implied = graph, implied
        self._parts = tuple(PARTS) if VIEWS[view] is None else VIEWS[view] or ()
        self._unfolded = view == _UNFOLDED
        if self._unfolded:
            _check_pairs(graph, view)

    @cached_property
    def node_columns(self) -> dict[str, set[type]]:
        """The attributes of nodes, each with the types of its values: O(n) for n nodes."""
        types: dict[str, set[type]] = {}
        for _, data in self.nodes():
            for name, value in data.items():
                types.setdefault(name, set()).add(type(value))
        return types

    @property
    def edge_columns(self) -> dict[str, set[type]]:
        """The attributes that edges may have, each with the types of its values."""
        columns: dict[str, set[type]] = {name: {str} for name in _EDGE_COLUMNS}
        return columns | {"symmetric": {int}} if self._unfolded else columns

    @property
    def pool(self) -> str:
        """The name of the pool."""
        return self._graph.pool.name

    def nodes(self) -> Iterator[tuple[str, Attributes]]:
        """Yield the nodes.

        Yields
        ------
        (str, dict)
            The name of a node; its ``kind``, ``label`` and attributes.
        """
        for node in nodes(self._graph, self._parts):
            yield name_of(node.key), _attributes(node)
        if "exposures" not in self._parts:
            ends = {end for edge in self._shown() for end in edge[:2] if end.kind == "exposure"}
            for node in nodes(self._graph, ["exposures"]):
                if node.key in ends:
                    yield name_of(node.key), _attributes(node)

    def edges(self) -> Iterator[tuple[str, str, Attributes]]:
        """Yield the edges.

        Yields
        ------
        (str, str, dict)
            The names of the nodes that it connects; its ``relation`` and attributes.
        """
        names: dict[NodeKey, str] = {}
        for edge in self._shown():
            ends = [names.get(end) or names.setdefault(end, name_of(end)) for end in edge[:2]]
            yield ends[0], ends[1], _edge_attributes(edge)

    def _shown(self) -> Iterator[Edge]:
        for edge in edges(self._graph, self._parts, implied=self._implied):
            if not self._unfolded or edge.target.kind == "exposure":
                yield edge
        if self._unfolded:
            yield from _pairs(self._graph)


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
        each pair, in the order of the pool, with the attribute ``symmetric``; DOT shows them without an arrow. In
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
    import networkx as nx

    shown = View(graph, view, implied=implied)
    result = nx.MultiDiGraph(pool=shown.pool)
    result.add_nodes_from(shown.nodes())
    result.add_edges_from((source, target, key, data) for key, (source, target, data) in enumerate(shown.edges()))
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
    kind, label = node.key
    own = node.attributes
    if kind == "exposure":
        own = {_attribute(column): value for column, value in own.items()}
    return {"kind": kind, "label": label, **_known(own)}


def _edge_attributes(edge: Edge) -> Attributes:
    own = {
        "relation": edge.relation,
        "rule": edge.rule,
        "candidate": edge.candidate,
        "candidate_type": edge.candidate_type,
        "group": edge.group,
    }
    return _known(own | dict(edge.attributes))


@lru_cache(maxsize=1024)
def _attribute(column: str) -> str:
    """Return the name of the attribute for a column of a pool."""
    return _PREFIX + column if column in _TAKEN or column.startswith(_PREFIX) else column


def _known(attributes: Mapping[str, Any]) -> Attributes:
    """Return the defined attributes, as few formats can express undefined ones."""
    return {name: value for name, value in attributes.items() if value not in (None, "", "null")}
