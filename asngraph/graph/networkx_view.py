"""The association graph as a networkx graph, in full or in part: for whoever wants to walk it, and for the exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from asngraph.errors import UsageError
from asngraph.model.candidate import parse_candidates
from asngraph.model.column import is_defined
from asngraph.model.filenames import product_of_file, product_root
from asngraph.model.relations import NODE_KINDS

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from asngraph.graph.association_graph import AssociationGraph

Attributes: TypeAlias = dict[str, Any]

# Names that formats use for themselves, or asngraph for what it says of a node: a column of a pool that is called so
# has `pool_` before its name.
_TAKEN = frozenset([
    "", "end", "id", "key", "kind", "label", "name", "parent", "pid", "slices", "spells", "start", "value", "viz",
])  # fmt: skip
_PREFIX = "pool_"


def to_networkx(graph: AssociationGraph, view: str = "full") -> nx.MultiDiGraph:
    """Make a networkx graph of the tables of an association graph.

    Nodes are named ``kind:name``, an exposure by its file name alone. All attributes are texts or whole numbers; what
    is undefined is left out. Each edge has a key of its own.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    view : str
        How much of it: one of `VIEWS`.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes with a ``kind``, a ``label`` and what the tables say of them; edges with a ``relation``, and the rule,
        candidate and group where a rule derived them.

    Raises
    ------
    UsageError
        When there is no such view.
    """
    if view not in VIEWS:
        raise UsageError(f"there is no view {view}; there are {', '.join(VIEWS)}")
    import networkx as nx

    parts = _Parts(graph)
    for add in VIEWS[view]:
        add(parts)
    result = nx.MultiDiGraph(pool=graph.pool.name)
    result.add_nodes_from(parts.nodes.items())
    result.add_edges_from((*ends, key, data) for key, (*ends, data) in enumerate(parts.edges))
    return result


class _Parts:
    """Nodes and edges while they are collected."""

    def __init__(self, graph: AssociationGraph) -> None:
        self.graph = graph
        self.nodes: dict[str, Attributes] = {}
        self.edges: list[tuple[str, str, Attributes]] = []

    def node(self, kind: str, name: str, **attributes: Any) -> str:
        """Add a node, unless it is there; return its name in the graph."""
        node = f"{kind}:{name}"
        if node not in self.nodes:
            self.nodes[node] = {"kind": kind, "label": name} | _known(attributes)
        return node

    def exposure(self, name: str) -> str:
        """Add an exposure, unless it is there; return its name in the graph."""
        # What is called as a node of another kind would be must not be taken for it.
        node = f"exposure:{name}" if name.partition(":")[0] in NODE_KINDS and ":" in name else name
        if node not in self.nodes:
            self.nodes[node] = {"kind": "exposure", "label": name} | self._exposures[name]
        return node

    def product(self, name: str) -> str:
        """Add a product, unless it is there; return its name in the graph."""
        return self.node("product", name, product=name)

    def edge(self, source: str, target: str, relation: str, **attributes: Any) -> None:
        """Add an edge."""
        self.edges.append((source, target, {"relation": relation} | _known(attributes)))

    def is_support(self, member: Attributes) -> bool:
        """Tell whether a row of the membership is a file that serves exposures."""
        return not isinstance(member["exposure"], str) and (member["expname"], member["exptype"]) in self._serving

    @cached_property
    def _serving(self) -> set[tuple[str, str]]:
        return {(each.file, each.kind) for each in self.graph.serving}

    @cached_property
    def _exposures(self) -> dict[str, Attributes]:
        table = self.graph.exposures
        names = [_attribute(str(column)) for column in table.columns]
        columns = [table.iloc[:, place].tolist() for place in range(len(names))]
        cells = zip(*columns, strict=True)
        return {name: _known(dict(zip(names, row, strict=True))) for name, row in zip(table.index, cells, strict=True)}


def _attribute(column: str) -> str:
    """Name the attribute that holds a column of a pool."""
    return _PREFIX + column if column in _TAKEN or column.startswith(_PREFIX) else column


def _known(attributes: Attributes) -> Attributes:
    """Leave out what is undefined, since few formats can say so."""
    return {name: value for name, value in attributes.items() if value == value and value not in (None, "", "null")}


def _rows(table: pd.DataFrame) -> Iterator[Attributes]:
    names = [str(column) for column in table.columns]
    for row in zip(*(table[name].tolist() for name in names), strict=True):
        yield dict(zip(names, row, strict=True))


def _add_exposures(parts: _Parts) -> None:
    for name in parts.graph.exposure_names:
        parts.exposure(name)


def _add_plan(parts: _Parts) -> None:
    """Add the observations, targets and candidates of the exposures."""
    pool = parts.graph.pool
    cells = zip(*(pool[column] for column in ("program", "obs_num", "targetid", "asn_candidate")), strict=True)
    for name, (number, observation, target, candidates) in zip(parts.graph.exposure_names, cells, strict=True):
        program = f"{number:0>5s}"
        exposure = parts.exposure(name)
        if is_defined(observation):
            node = parts.node("observation", f"{program}/{observation}", program=program, number=observation)
            parts.edge(exposure, node, "in_observation")
        if is_defined(target):
            node = parts.node("target", f"{program}/{target}", program=program, number=target)
            parts.edge(exposure, node, "has_target")
        for each in parse_candidates(candidates):
            parts.edge(exposure, _candidate(parts, program, each.id, each.type), "has_candidate")
    _add_target_names(parts)


def _add_target_names(parts: _Parts) -> None:
    """Tie the targets that several programs call by one name, each to the first."""
    pool = parts.graph.pool
    first: dict[str, tuple[str, str]] = {}
    for number, target, name in dict.fromkeys(
        zip(*(pool[c] for c in ("program", "targetid", "targname")), strict=True)
    ):
        if is_defined(target) and is_defined(name):
            program = f"{number:0>5s}"
            other_program, other = first.setdefault(name, (program, f"target:{program}/{target}"))
            if other_program != program:
                parts.edge(f"target:{program}/{target}", other, "same_target_name")


def _candidate(parts: _Parts, program: str, candidate: str, candidate_type: str) -> str:
    name = f"{program}/{candidate}"
    return parts.node("candidate", name, program=program, candidate=candidate, candidate_type=candidate_type)


def _add_support(parts: _Parts) -> None:
    for row in _rows(parts.graph.support):
        node, exposure = _support(parts, row["file"], row["kind"]), parts.exposure(row["exposure"])
        parts.edge(node, exposure, row["relation"], rule=row["relation"])


def _support(parts: _Parts, file: str, kind: str) -> str:
    return parts.node("support", file, file=file, support_kind=kind)


def _add_edges(parts: _Parts) -> None:
    """Add the edges between exposures."""
    for row in _rows(parts.graph.edges):
        parts.edge(parts.exposure(row.pop("source")), parts.exposure(row.pop("target")), **row)


def _add_associations(parts: _Parts) -> None:
    for row in _rows(parts.graph.associations):
        parts.node("association", row["association"], **row)


def _add_members(parts: _Parts) -> None:
    """Add what is in associations: exposures, products of others, and files that serve exposures."""
    for row in _rows(parts.graph.membership):
        association, file, exptype = f"association:{row['association']}", row["expname"], row["exptype"]
        if isinstance(row["exposure"], str):
            parts.edge(parts.exposure(row["exposure"]), association, "member_of", exptype=exptype)
        elif parts.is_support(row):
            parts.edge(_support(parts, file, exptype), association, "support_member_of", exptype=exptype)
        else:
            product = parts.product(product_of_file(file))
            parts.edge(product, association, "product_member_of", exptype=exptype, file=file)


def _add_purposes(parts: _Parts) -> None:
    """Add what associations are made for: their candidates, and their products."""
    for row in _rows(parts.graph.associations):
        candidate = _candidate(parts, row["program"], row["candidate"], row["candidate_type"])
        parts.edge(f"association:{row['association']}", candidate, "for_candidate")
    made = parts.graph.membership[["association", "product"]].drop_duplicates()
    for row in _rows(made):
        parts.edge(f"association:{row['association']}", parts.product(row["product"]), "produces")


def _add_products(parts: _Parts) -> None:
    """Add what products are made of: exposures, and products of other associations, each once."""
    levels = {row["association"]: row["level"] for row in _rows(parts.graph.associations)}
    membership = parts.graph.membership
    calibrated = set(membership["product"][membership["association"].map(levels) == 2])
    for row in _rows(membership.drop_duplicates(["product", "expname", "exptype", "exposure"])):
        if parts.is_support(row):
            continue
        product, file, exptype = parts.product(row["product"]), row["expname"], row["exptype"]
        other = product_of_file(file)
        if isinstance(row["exposure"], str):
            parts.edge(product, parts.exposure(row["exposure"]), "derived_from", exptype=exptype)
            other = product_root(file.rpartition("/")[2])
            if levels[row["association"]] == 2 or other not in calibrated:
                continue
        parts.edge(product, parts.product(other), "derived_from_product", exptype=exptype, file=file)


VIEWS: dict[str, tuple[Callable[[_Parts], None], ...]] = {
    "full": (
        _add_exposures, _add_plan, _add_support, _add_edges, _add_associations, _add_purposes, _add_members,
        _add_products,
    ),
    "exposures": (_add_exposures, _add_edges),
    "associations": (_add_associations, _add_members),
    "products": (_add_products,),
}  # fmt: skip
