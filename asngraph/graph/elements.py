"""The nodes and edges of a graph. Tables, networkx, exports, RDF and the page are all derived from them.

Edges are directed: each exposure that serves others, such as a background, has an edge to each exposure that it
serves. A symmetric relation is a set: its members have an edge to the node of the set
(`asngraph.model.relations.Relation.through`), which makes n edges for n exposures of a target, and not n squared.
`symmetric_sets` yields these sets, and `ExposureSet.pairs` the pairs of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from asngraph.engine.draft import PRODUCT, Draft
from asngraph.engine.result import DecidedAssociation, SetAside
from asngraph.graph.memberships import made_in
from asngraph.graph.records import target_of
from asngraph.graph.rule_edges import ServiceBlock, Services
from asngraph.graph.structural_sets import ExposureSet, program_of, structural_sets
from asngraph.model.candidate import parse_candidates
from asngraph.model.column import is_defined
from asngraph.model.filenames import parse, product_root
from asngraph.model.relations import RELATIONS, support_relation
from asngraph.model.roles import Role

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph


class NodeKey(NamedTuple):
    """Identifier of a node.

    Parameters
    ----------
    kind : str
        Its kind (`asngraph.model.relations.NODE_KINDS`).
    name : str
        Its name, unique among the nodes of its kind.
    """

    kind: str
    name: str


class Node(NamedTuple):
    """A node.

    Parameters
    ----------
    key : NodeKey
        Its kind and name.
    attributes : mapping of str to str or int
        Its attributes. Those of an exposure are its role, why it was left out, and its row of the pool.
    """

    key: NodeKey
    attributes: Mapping[str, Any]


class Edge(NamedTuple):
    """A directed edge.

    Parameters
    ----------
    source, target : NodeKey
        The nodes that it connects.
    relation : str
        The relation (`asngraph.model.relations.RELATIONS`).
    rule, candidate, candidate_type, group : str
        For an edge that a rule derived: the rule, the candidate, and the association. Otherwise empty.
    attributes : mapping of str to str
        ``exptype``, the role of a member, and ``file``, its name in the association.
    """

    source: NodeKey
    target: NodeKey
    relation: str
    rule: str = ""
    candidate: str = ""
    candidate_type: str = ""
    group: str = ""
    attributes: Mapping[str, Any] = {}


_SET_RELATIONS = frozenset({"same_optics", "same_dither_pattern", "same_mosaic"})


def nodes(graph: AssociationGraph, parts: Iterable[str] | None = None) -> Iterator[Node]:
    """Yield the nodes of a graph, without repetition.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    parts : iterable of str, optional
        Which of `PARTS`; by default all.

    Yields
    ------
    Node

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(2, ["nircam-imaging"], seed=1))
    >>> [node.key.name for node in nodes(graph, ["plan"]) if node.key.kind == "observation"]
    ['03201/1']
    """
    wanted = [part for part in parts or PARTS if part not in _ONLY_EDGES]
    return (each for each in elements(graph, wanted) if isinstance(each, Node))


def edges(graph: AssociationGraph, parts: Iterable[str] | None = None, *, implied: bool = True) -> Iterator[Edge]:
    """Yield the edges of a graph.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    parts : iterable of str, optional
        Which of `PARTS`; by default all.
    implied : bool
        Whether to yield edges that follow from others, too.

    Yields
    ------
    Edge

    Notes
    -----
    Edges are generated one at a time. The number of edges between exposures is the sum, over all associations, of the
    exposures that serve times those that are served. All others are O(n) for n exposures and members.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(2, ["nircam-imaging"], seed=1))
    >>> sorted({edge.relation for edge in edges(graph, ["members"])})
    ['member_of']
    """
    wanted = [part for part in parts or PARTS if part not in _ONLY_NODES]
    return (each for each in elements(graph, wanted, implied=implied) if isinstance(each, Edge))


def elements(
    graph: AssociationGraph, parts: Iterable[str] | None = None, *, implied: bool = True
) -> Iterator[Node | Edge]:
    """Yield nodes and edges together, each node before its first edge.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    parts : iterable of str, optional
        Which of `PARTS`; by default all.
    implied : bool
        Whether to yield edges that follow from others (`Relation.implied`), too.

    Yields
    ------
    Node or Edge
    """
    source = _Elements(graph)
    seen: set[NodeKey] = set()
    for part in PARTS if parts is None else parts:
        for each in PARTS[part](source):
            if isinstance(each, Node):
                if each.key not in seen:
                    seen.add(each.key)
                    yield each
            elif implied or not RELATIONS[each.relation].implied:
                yield each


def symmetric_sets(graph: AssociationGraph) -> Iterator[ExposureSet]:
    """Yield the sets of exposures that have a symmetric relation.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Yields
    ------
    ExposureSet
        The sets that follow from the pool, then the science exposures of each association (``grouped_with``).
    """
    yield from structural_sets(graph.decision.facts)
    yield from grouped_sets(graph)


def grouped_sets(graph: AssociationGraph, association: str | None = None) -> Iterator[ExposureSet]:
    """Yield the science exposures of each association that combines two or more.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    association : str, optional
        The name of the only association.

    Yields
    ------
    ExposureSet
        One for each association; for a merged association, one for each of its parts.
    """
    for made in made_in(graph, association):
        yield from science_sets(made)


def science_sets(made: DecidedAssociation) -> Iterator[ExposureSet]:
    """Yield the science exposures of an association that combines two or more.

    Parameters
    ----------
    made : DecidedAssociation
        The association.

    Yields
    ------
    ExposureSet
        One for the association; if it was merged, one for each of its parts.
    """
    for part in made.merged:
        science = dict.fromkeys(
            exposure for _, role, exposure in part.members if role == Role.SCIENCE and exposure != PRODUCT
        )
        if len(science) > 1:
            candidate = part.candidate
            yield ExposureSet(
                "grouped_with", "association", made.name, tuple(science), (), candidate.id, candidate.type
            )


def service_blocks(
    graph: AssociationGraph, association: str | None = None
) -> Iterator[tuple[DecidedAssociation, Draft, ServiceBlock]]:
    """Yield which exposures serve which in associations, in blocks.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    association : str, optional
        The name of the only association.

    Yields
    ------
    (DecidedAssociation, Draft, ServiceBlock)
        The association, its part (the association itself unless it was merged), and the block.
    """
    services = Services(graph.decision.facts)
    for made in made_in(graph, association):
        for part in made.merged:
            for block in services.of_draft(part):
                yield made, part, block


class _Elements:
    """Generator of nodes and edges, part by part."""

    def __init__(self, graph: AssociationGraph) -> None:
        self._graph, self._pool = graph, graph.pool
        self._facts, self._made = graph.decision.facts, graph.decision.made

    @cached_property
    def _exposures(self) -> list[NodeKey]:
        return [NodeKey("exposure", name) for name in self._graph.exposure_names]

    def exposures(self) -> Iterator[Node | Edge]:
        """Yield the exposures, with their rows of the pool."""
        table = self._pool.columns
        excluded = self._graph.request.excluded
        cells = zip(*table.values(), strict=True)
        for key, role, file_name, row in zip(
            self._exposures, self._facts["role"], self._pool["filename"], cells, strict=True
        ):
            yield Node(
                key, {"role": role, "excluded": excluded.get(file_name, ""), **dict(zip(table, row, strict=True))}
            )

    def plan(self) -> Iterator[Node | Edge]:
        """Yield the observations, targets and candidates of the exposures."""
        columns = (self._pool[name] for name in ("program", "obs_num", "targetid", "asn_candidate"))
        for exposure, (number, observation, target, candidates) in zip(
            self._exposures, zip(*columns, strict=True), strict=True
        ):
            program = f"{number:0>5s}"
            if is_defined(observation):
                node = Node(
                    NodeKey("observation", f"{program}/{observation}"), {"program": program, "number": observation}
                )
                yield from (node, Edge(exposure, node.key, "in_observation"))
            if is_defined(target):
                node = Node(NodeKey("target", f"{program}/{target}"), {"program": program, "number": target})
                yield from (node, Edge(exposure, node.key, "has_target"))
            for each in dict.fromkeys(parse_candidates(candidates)):
                node = _candidate(program, each.id, each.type)
                yield from (node, Edge(exposure, node.key, "has_candidate"))
        yield from self._target_names()

    def _target_names(self) -> Iterator[Node | Edge]:
        columns = (self._pool[name] for name in ("program", "targetid", "targname"))
        for number, target, name in dict.fromkeys(zip(*columns, strict=True)):
            if is_defined(target) and is_defined(name):
                node = Node(NodeKey("target_name", name), {"targname": name})
                yield from (node, Edge(NodeKey("target", f"{number:0>5s}/{target}"), node.key, "has_target_name"))

    def sets(self) -> Iterator[Node | Edge]:
        """Yield the sets of exposures that are nodes: optics, dither patterns and mosaics."""
        for each in structural_sets(self._facts):
            if each.relation in _SET_RELATIONS:
                program = program_of(self._facts, each.members[0])
                node = Node(NodeKey(each.kind, each.name), {"program": program, "exposures": len(each.members)})
                yield node
                through = RELATIONS[each.relation].through
                for member in each.members:
                    yield Edge(self._exposures[member], node.key, through)

    def support(self) -> Iterator[Node | Edge]:
        """Yield the auxiliary files of exposures."""
        for each in self._graph.serving:
            node = _support(each.file, each.kind)
            yield from (node, Edge(node.key, self._exposures[each.exposure], support_relation(each.kind)))

    def services(self) -> Iterator[Node | Edge]:
        """Yield the edges between exposures, and from exposures that serve none of an association's science to it."""
        for made, part, block in service_blocks(self._graph):
            context = (part.rule.name, part.candidate.id, part.candidate.type, made.name)
            for source, target in block.pairs():
                yield Edge(self._exposures[source], self._exposures[target], block.relation, *context)
            if not block.targets:
                association = NodeKey("association", made.name)
                roles = {
                    exposure: role for _, role, exposure in (*part.members, *part.replaced) if role != Role.SCIENCE
                }
                for source in block.sources:
                    role = {"exptype": roles[source]}
                    yield Edge(self._exposures[source], association, "carried_in", *context, role)

    def associations(self) -> Iterator[Node | Edge]:
        """Yield the associations."""
        for made, uuid in zip(self._made, self._graph.uuids, strict=True):
            yield Node(NodeKey("association", made.name), self._association(made, uuid))

    def _association(self, made: DecidedAssociation, uuid: str) -> dict[str, Any]:
        own = made.draft
        return {
            "association": made.name,
            "uuid": uuid,
            "file": f"{made.name}_asn.json",
            "asn_type": own.rule.asn_type,
            "rule": own.rule.name,
            "level": own.rule.level,
            "candidate": own.candidate.id,
            "candidate_type": own.candidate.type,
            "program": own.program,
            "target": target_of(own, self._facts),
            "product": made.products[0].name,
            "anchor": self._exposures[own.anchor].name,
            "members": sum(len(product.members) for product in made.products),
        }

    def purposes(self) -> Iterator[Node | Edge]:
        """Yield the candidates and the products of associations."""
        for made in self._made:
            own, association = made.draft, NodeKey("association", made.name)
            node = _candidate(own.program, own.candidate.id, own.candidate.type)
            yield from (node, Edge(association, node.key, "for_candidate"))
            for name in dict.fromkeys(product.name for product in made.products):
                node = _product(name)
                yield from (node, Edge(association, node.key, "produces"))

    def members(self) -> Iterator[Node | Edge]:
        """Yield the members of associations, in order: exposures, products and auxiliary files."""
        for made in self._made:
            association = NodeKey("association", made.name)
            for product in made.products:
                for file, exptype, exposure in product.members:
                    role = {"exptype": exptype, "file": file}
                    if exposure != PRODUCT:
                        yield Edge(self._exposures[exposure], association, "member_of", attributes=role)
                    elif self._is_support(file, exptype):
                        node = _support(file, exptype)
                        yield from (node, Edge(node.key, association, "support_member_of", attributes=role))
                    else:
                        node = _product(parse(file).root)
                        yield from (node, Edge(node.key, association, "product_member_of", attributes=role))
            for part in made.merged:
                for _, exptype, exposure in part.replaced:
                    role = {"exptype": exptype}
                    yield Edge(self._exposures[exposure], association, "represented_in", attributes=role)

    def products(self) -> Iterator[Node | Edge]:
        """Yield what products are derived from, without repetition: exposures, and products of other associations."""
        seen: set[tuple[str, str, str, int]] = set()
        for made in self._made:
            for product in made.products:
                node = _product(product.name)
                yield node
                for file, exptype, exposure in product.members:
                    if self._is_support(file, exptype) and exposure == PRODUCT:
                        continue
                    if (product.name, file, exptype, exposure) not in seen:
                        seen.add((product.name, file, exptype, exposure))
                        yield from self._made_of(node.key, made.draft.rule.level, file, exptype, exposure)

    def _made_of(self, product: NodeKey, level: int, file: str, exptype: str, exposure: int) -> Iterator[Node | Edge]:
        other = parse(file).root
        if exposure != PRODUCT:
            yield Edge(product, self._exposures[exposure], "derived_from", attributes={"exptype": exptype})
            other = product_root(file.rpartition("/")[2])
            if level == 2 or other not in self._calibrated:
                return
        node = _product(other)
        role = {"exptype": exptype, "file": file}
        yield from (node, Edge(product, node.key, "derived_from_product", attributes=role))

    @cached_property
    def _calibrated(self) -> set[str]:
        """The products of stage 2, from which stage 3 is made."""
        return {product.name for made in self._made if made.draft.rule.level == 2 for product in made.products}

    def set_aside(self) -> Iterator[Node | Edge]:
        """Yield the associations that were set aside, with the reason and the association that was kept instead."""
        for number, each in enumerate(self._graph.decision.aside, start=1):
            node = Node(NodeKey("set_aside", f"set_aside_{number:05d}"), self._aside(each))
            yield node
            kept = self._graph.decision.kept_for(each.duplicate_of)
            if kept is not None:
                yield Edge(node.key, NodeKey("association", kept.name), "duplicate_of")

    def _aside(self, each: SetAside) -> dict[str, Any]:
        own = each.draft
        return {
            "program": own.program,
            "asn_type": own.rule.asn_type,
            "rule": own.rule.name,
            "level": own.rule.level,
            "candidate": own.candidate.id,
            "candidate_type": own.candidate.type,
            "anchor": self._exposures[own.anchor].name,
            "members": len(own.members),
            "reason": each.reason,
        }

    def _is_support(self, file: str, kind: str) -> bool:
        return (file, kind) in self._serving

    @cached_property
    def _serving(self) -> set[tuple[str, str]]:
        return {(each.file, each.kind) for each in self._graph.serving}


def _candidate(program: str, candidate: str, candidate_type: str) -> Node:
    attributes = {"program": program, "candidate": candidate, "candidate_type": candidate_type}
    return Node(NodeKey("candidate", f"{program}/{candidate}"), attributes)


def _product(name: str) -> Node:
    return Node(NodeKey("product", name), {"product": name})


def _support(file: str, kind: str) -> Node:
    return Node(NodeKey("support", file), {"file": file, "support_kind": kind})


# The parts of a graph, in the order in which they are yielded.
PARTS: dict[str, Callable[[_Elements], Iterator[Node | Edge]]] = {
    "exposures": _Elements.exposures,
    "plan": _Elements.plan,
    "sets": _Elements.sets,
    "support": _Elements.support,
    "services": _Elements.services,
    "associations": _Elements.associations,
    "purposes": _Elements.purposes,
    "members": _Elements.members,
    "products": _Elements.products,
    "set_aside": _Elements.set_aside,
}
_ONLY_EDGES = frozenset({"services"})
_ONLY_NODES = frozenset({"exposures", "associations"})
