"""Collections from an archive: the part of a pool's graph that a question needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asngraph.archive.pool_graph import PoolGraph
from asngraph.engine.draft import PRODUCT
from asngraph.graph.support_files import Support
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.model.relations import RELATIONS
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.rdf.iris import name_of
from asngraph.rdf.vocabulary import COLUMNS
from asngraph.rules.rule import RuleSet

# The relations from exposures to the nodes that they share.
_SHARED = sorted({each.through for each in RELATIONS.values() if each.through and each.source == "exposure"})
_OF_ASSOCIATIONS = frozenset({"member_of", "represented_in"})


def collect_near(
    graph: PoolGraph, exposures: Iterable[str], rules: RuleSet, *, depending: bool = False
) -> AssociationCollection:
    """Return the collection of the neighbourhood of exposures, sufficient for questions about them.

    Parameters
    ----------
    graph : PoolGraph
        The pool's graph.
    exposures : iterable of str
        The IRIs of the exposures.
    rules : RuleSet
        The rules of the associations, with their validity requirements.
    depending : bool
        Whether to include the associations that depend on theirs, for `asngraph.questions.impact`.

    Returns
    -------
    AssociationCollection
        The exposures, all that share a node (a target, an observation, ...) with one of them, and the associations that
        contain one of them.

    Notes
    -----
    The cost grows with the size of the neighbourhood, not with that of the archive.
    """
    wanted = list(dict.fromkeys(exposures))
    if depending:
        associations = _depending(graph, wanted)
    else:
        associations = sorted({each for iri in wanted for each in _of_exposure(graph, iri)})
    part = _Part(graph, wanted if depending else _near(graph, wanted), rules)
    part.read(associations)
    return part.collection()


def collect_all(graph: PoolGraph, exposures: Iterable[str], rules: RuleSet) -> AssociationCollection:
    """Return the collection of a pool's graph: all of its exposures and associations.

    Parameters
    ----------
    graph : PoolGraph
        The pool's graph.
    exposures : iterable of str
        The IRIs of its exposures.
    rules : RuleSet
        The rules of the associations, with their validity requirements.
    """
    wanted = list(exposures)
    part = _Part(graph, wanted, rules)
    part.read(sorted({each for iri in wanted for each in _of_exposure(graph, iri)}))
    return part.collection()


def _near(graph: PoolGraph, exposures: Iterable[str]) -> list[str]:
    """Return exposures with all that share a node with one of them."""
    found: dict[str, None] = {}
    for iri in exposures:
        found[iri] = None
        for relation in _SHARED:
            if relation not in _OF_ASSOCIATIONS:
                for shared in graph.iris(iri, relation):
                    found.update(dict.fromkeys(graph.subjects(relation, shared)))
    return list(found)


def _of_exposure(graph: PoolGraph, iri: str) -> Iterator[str]:
    for relation in sorted(_OF_ASSOCIATIONS):
        yield from graph.iris(iri, relation)


def _depending(graph: PoolGraph, removed: Iterable[str]) -> list[str]:
    """Return the associations that contain the exposures, and those that depend on them, recursively."""
    found = dict.fromkeys(each for iri in removed for each in _of_exposure(graph, iri))
    waiting = list(found)
    while waiting:
        for product in graph.iris(waiting.pop(), "produces"):
            for other in graph.subjects("derived_from_product", product):
                fresh = [each for each in graph.subjects("produces", other) if each not in found]
                found.update(dict.fromkeys(fresh))
                waiting += fresh
    # Other associations that make a product of theirs are included: they decide whether it is gone, and the order.
    waiting = list(found)
    while waiting:
        for product in graph.iris(waiting.pop(), "produces"):
            for needed in graph.iris(product, "derived_from_product"):
                makers = [maker for maker in graph.subjects("produces", needed) if maker not in found]
                found.update(dict.fromkeys(makers))
                waiting += makers
    return sorted(found)


class _Part:
    """A part of a pool's graph: exposures and associations."""

    def __init__(self, graph: PoolGraph, exposures: Iterable[str], rules: RuleSet) -> None:
        self._graph, self._rules = graph, rules
        self._numbers: dict[str, int] = {}
        for iri in exposures:
            self._number(iri)
        self._associations: list[AssociationRecord] = []

    def read(self, associations: Iterable[str]) -> None:
        """Read associations with the exposures that they contain."""
        self._associations += map(self._record, associations)

    def collection(self) -> AssociationCollection:
        """Return the collection of the exposures and associations that were read."""
        graph = self._graph
        names = [graph.label(iri) for iri in self._numbers]
        facts = Facts(self._pool(names), self._rules.facts)
        return AssociationCollection(
            graph.pool, names, self._associations, facts, rules=self._rules, serving=list(self._serving())
        )

    def _serving(self) -> Iterator[Support]:
        """Yield the support files of the exposures."""
        graph = self._graph
        for iri, number in self._numbers.items():
            for file in graph.serving(iri):
                yield Support(graph.label(file), graph.concept(file, "support_kind"), number)

    def _pool(self, names: list[str]) -> Pool:
        """Return a pool of the exposures, with the columns that the graph has."""
        columns = {"filename": Column.of(names)}
        for name, read in {
            **{column.name: self._graph.text for column in COLUMNS},
            "program": self._graph.text,
            "exp_type": self._graph.concept,
        }.items():
            columns[name] = Column.of(read(iri, name) or "null" for iri in self._numbers)
        # The role of the exposure by itself, which comes from the pointing type.
        columns["pntgtype"] = Column.of(self._graph.concept(iri, "role") or "null" for iri in self._numbers)
        columns["obs_num"] = Column.of(self._in_program(iri, "in_observation") for iri in self._numbers)
        columns["targetid"] = Column.of(self._in_program(iri, "has_target") for iri in self._numbers)
        columns["asn_candidate"] = Column.of(self._candidates(iri) for iri in self._numbers)
        return Pool(columns, self._graph.pool)

    def _in_program(self, iri: str, relation: str) -> str:
        return next(map(name_of, self._graph.iris(iri, relation)), "null")

    def _candidates(self, iri: str) -> str:
        candidates = self._graph.iris(iri, "has_candidate")
        return str([(name_of(each), self._graph.concept(each, "candidate_type")) for each in candidates])

    def _number(self, iri: str) -> int:
        return self._numbers.setdefault(iri, len(self._numbers))

    def _record(self, association: str) -> AssociationRecord:
        graph = self._graph
        rule, candidate = graph.iri(association, "rule"), graph.iri(association, "for_candidate")
        members, behind = self._members(association)
        taking = [(each.exptype, each.exposure) for each in (*members, *behind) if each.exposure != PRODUCT]
        return AssociationRecord(
            name=graph.label(association),
            asn_type=graph.text(rule, "asn_type"),
            rule=graph.label(rule),
            level=int(graph.text(rule, "level")),
            candidate=name_of(candidate),
            candidate_type=graph.concept(candidate, "candidate_type"),
            target="",
            products=tuple(graph.label(each) for each in graph.iris(association, "produces")),
            members=tuple(members),
            anchors=(self._number(graph.iri(association, "anchor")),),
            parts=(tuple(taking),),
            behind=tuple(each.exposure for each in behind),
            uuid=graph.text(association, "uuid"),
        )

    def _members(self, association: str) -> tuple[list[MemberRecord], list[MemberRecord]]:
        """Return the members, and the exposures that a product represents."""
        graph = self._graph
        products = set(graph.subjects("product_member_of", association))
        exposures = set(graph.subjects("member_of", association))
        members, behind = [], []
        places = sorted(graph.subjects("association", association), key=lambda iri: int(name_of(iri)))
        for place in places:
            who, role = graph.iri(place, "participant"), graph.concept(place, "exptype")
            name = graph.text(place, "expname")
            if who in products:
                members.append(MemberRecord(name, role, PRODUCT))
            elif who in exposures:
                members.append(MemberRecord(name, role, self._number(who)))
            else:
                behind.append(MemberRecord(name, role, self._number(who)))
        return members, behind
