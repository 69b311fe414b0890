"""The RDF statements of a graph, in one sequence for files, rdflib graphs and stores.

Subject, predicate and object are in the syntax of N-Triples. This is a mapping of `asngraph.graph.elements`: a node is
a subject with its type, name and attributes, an edge is a statement, and a member's role is in a node of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from asngraph.errors import AsnGraphError
from asngraph.graph.elements import PARTS, Edge, Node, NodeKey, elements, service_blocks
from asngraph.graph.rule_edges import ServiceBlock
from asngraph.model.column import is_defined
from asngraph.rdf import iris
from asngraph.rdf.vocabulary import COLUMNS, class_name

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

Statement: TypeAlias = tuple[str, str, str]

_TYPE = f"<{iris.PREFIXES['rdf']}type>"
_LABEL = f"<{iris.PREFIXES['rdfs']}label>"
_INTEGER = f"<{iris.PREFIXES['xsd']}integer>"


def node(iri: str) -> str:
    """Return an IRI in the syntax of N-Triples."""
    return f"<{iri}>"


@lru_cache(maxsize=65536)
def text(value: str) -> str:
    r"""Return a text as a literal in the syntax of N-Triples.

    Raises
    ------
    AsnGraphError
        When the text has half of a surrogate pair, as file names can have.

    Examples
    --------
    >>> print(text('say "hi"\n'))
    "say \"hi\"\n"
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AsnGraphError(
            f"RDF cannot hold the character U+{ord(value[error.start]):04X}, half of a surrogate pair, in {value!a}; "
            "take it out of the name"
        ) from None
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=1024)
def _term(name: str) -> str:
    return node(iris.term(name))


@lru_cache(maxsize=4096)
def _concept(scheme: str, value: str) -> str:
    return node(iris.concept(scheme, value))


def statements(graph: AssociationGraph) -> Iterator[Statement]:
    """Yield all statements of a graph, each once.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Yields
    ------
    (str, str, str)
        Subject, predicate and object, in the syntax of N-Triples.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(3, ["nircam-imaging"], seed=1))
    >>> next(statements(graph))[2]
    '<https://w3id.org/asngraph/ns#Pool>'
    """
    return _Statements(graph).all()


# The properties for the attributes of each kind of node, and their values: texts, numbers or concepts.
_Write = Callable[[str], str]
_WRITTEN: dict[str, dict[str, tuple[str, _Write]]] = {
    "exposure": {
        **{column.name: (column.name, text) for column in COLUMNS},
        "program": ("program", lambda value: text(f"{value:0>5s}")),
        "exp_type": ("exp_type", partial(_concept, iris.EXPOSURE_TYPES)),
        "role": ("role", partial(_concept, iris.ROLES)),
        "excluded": ("excluded", text),
    },
    "observation": {"program": ("program", text), "number": ("obs_num", text)},
    "target": {"program": ("program", text), "number": ("targetid", text)},
    "target_name": {"targname": ("targname", text)},
    "optics": {"program": ("program", text)},
    "dither_pattern": {"program": ("program", text)},
    "mosaic": {"program": ("program", text)},
    "candidate": {
        "program": ("program", text),
        "candidate_type": ("candidate_type", partial(_concept, iris.CANDIDATE_TYPES)),
    },
    "association": {
        "program": ("program", text),
        "rule": ("rule", partial(_concept, iris.RULES)),
        "uuid": ("uuid", text),
    },
    "product": {},
    "support": {"support_kind": ("support_kind", partial(_concept, iris.ROLES))},
    "set_aside": {
        "program": ("program", text),
        "rule": ("rule", partial(_concept, iris.RULES)),
        "reason": ("reason", text),
    },
}
_MEMBERSHIP = frozenset({"member_of", "product_member_of", "support_member_of", "represented_in"})


class _Statements:
    """The statements of a graph, and a record of those that were yielded."""

    def __init__(self, graph: AssociationGraph) -> None:
        self._graph = graph
        self._rules: set[str] = set()
        self._nodes: dict[NodeKey, str] = {}
        self._described: set[NodeKey] = set()
        self._said: set[Statement] = set()
        # The participations of the association whose members are being yielded.
        self._association = ""
        self._places: dict[tuple[str, str], str] = {}

    def all(self) -> Iterator[Statement]:
        name = self._graph.pool.name
        pool = node(iris.pool(name))
        yield pool, _TYPE, _term("Pool")
        yield pool, _LABEL, text(name)
        for part in PARTS:
            self._said.clear()  # no statement is in two parts
            if part == "services":
                yield from self._services()
                continue
            for each in elements(self._graph, [part]):
                yield from self._node(each) if isinstance(each, Node) else self._edge(each)

    def _subject(self, key: NodeKey) -> str:
        subject = self._nodes.get(key)
        if subject is None:
            subject = self._nodes[key] = node(iris.of_node(*key, self._graph.pool.name))
        return subject

    def _node(self, each: Node) -> Iterator[Statement]:
        if each.key in self._described:
            return
        self._described.add(each.key)
        kind, name = each.key
        subject = self._subject(each.key)
        yield subject, _TYPE, _term(class_name(kind))
        yield subject, _LABEL, text(name)
        for attribute, (property_, write) in _WRITTEN[kind].items():
            value = str(each.attributes.get(attribute, ""))
            if is_defined(value):
                yield subject, _term(property_), write(value)
        if kind == "exposure" and name != each.attributes["filename"]:
            yield subject, _term("filename"), text(each.attributes["filename"])
        if kind in ("association", "set_aside"):
            yield subject, _term("anchor"), self._subject(NodeKey("exposure", each.attributes["anchor"]))
            yield from self._rule(each.attributes)

    def _rule(self, association: Mapping[str, Any]) -> Iterator[Statement]:
        name = association["rule"]
        if name not in self._rules:
            self._rules.add(name)
            subject = _concept(iris.RULES, name)
            yield subject, _TYPE, _term("Rule")
            yield subject, _LABEL, text(name)
            yield subject, _term("level"), f'"{association["level"]}"^^{_INTEGER}'
            if association["asn_type"]:
                yield subject, _term("asn_type"), text(association["asn_type"])

    def _services(self) -> Iterator[Statement]:
        """Yield what serves what, source by source: a pair that is in several associations has one statement."""
        exposures = [self._subject(NodeKey("exposure", name)) for name in self._graph.exposure_names]
        serving: dict[int, list[ServiceBlock]] = {}
        carried: dict[tuple[int, str], None] = {}
        for made, _, block in service_blocks(self._graph):
            for source in block.sources:
                if block.targets:
                    serving.setdefault(source, []).append(block)
                else:
                    carried[source, made.name] = None
        for source, blocks in serving.items():
            pairs = {(block.relation, target): None for block in blocks for target in block.targets}
            for relation, target in pairs:
                if target != source:
                    yield exposures[source], _term(relation), exposures[target]
        for source, association in carried:
            yield exposures[source], _term("carried_in"), self._subject(NodeKey("association", association))

    def _edge(self, edge: Edge) -> Iterator[Statement]:
        source, target = self._subject(edge.source), self._subject(edge.target)
        statement = source, _term(edge.relation), target
        if statement not in self._said:
            self._said.add(statement)
            yield statement
        if edge.relation in _MEMBERSHIP:
            yield from self._participation(source, target, edge.attributes)

    def _participation(self, who: str, association: str, member: Mapping[str, Any]) -> Iterator[Statement]:
        """Yield the role of a member; a member that occurs twice has two."""
        if association != self._association:
            self._association, self._places = association, {}
        key = who, member["exptype"]
        if key not in self._places:
            place = self._places[key] = node(iris.participation(association[1:-1], len(self._places) + 1))
            yield place, _term("association"), association
            yield place, _term("participant"), who
            yield place, _term("exptype"), _concept(iris.ROLES, member["exptype"])
            if "file" in member:
                yield place, _term("expname"), text(member["file"])
