"""What depends on exposures of an archive: the part of a pool's graph that matters, as questions take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asngraph.archive.pool_graph import PoolGraph, name_of
from asngraph.engine.draft import PRODUCT
from asngraph.questions import Effect, impact
from asngraph.questions.collection import Held, HeldMember, Holdings
from asngraph.rules.rule import RuleSet

# What a product that is a member is called by its role, as far as questions need it.
_ENDINGS = {"sourcecat": "_cat.ecsv", "segmap": "_segm.fits"}


def effects(graph: PoolGraph, removed: Sequence[str], rules: RuleSet) -> list[Effect]:
    """Say what becomes of the associations of a pool when exposures are removed.

    Parameters
    ----------
    graph : PoolGraph
        The pool's graph.
    removed : sequence of str
        The IRIs of the exposures.
    rules : RuleSet
        The rules that made the associations, as far as they say what makes one valid.
    """
    part = _Part(graph, rules)
    part.add(_depending(graph, removed))
    # Exposures are known by their whole names, which Lookup finds before all else.
    names = [graph.label(iri) for iri in removed if iri in part.numbers]
    return impact(part.holdings(), *names) if names else []


def _depending(graph: PoolGraph, removed: Iterable[str]) -> list[str]:
    """List the associations that have the exposures, those that take what these make, and so on; and their makers."""
    found = dict.fromkeys(each for iri in removed for each in _of_exposure(graph, iri))
    waiting = list(found)
    while waiting:
        for product in graph.iris(waiting.pop(), "produces"):
            for other in graph.subjects("derived_from_product", product):
                fresh = [each for each in graph.subjects("produces", other) if each not in found]
                found.update(dict.fromkeys(fresh))
                waiting += fresh
    # What else makes a product that one of them takes decides whether it is gone.
    inputs = dict.fromkeys(
        needed
        for association in found
        for product in graph.iris(association, "produces")
        for needed in graph.iris(product, "derived_from_product")
    )
    found.update(dict.fromkeys(maker for product in inputs for maker in graph.subjects("produces", product)))
    return sorted(found)


def _of_exposure(graph: PoolGraph, iri: str) -> list[str]:
    return [graph.iri(place, "association") for place in graph.subjects("participant", iri)]


class _Part:
    """Some associations of a pool's graph, with their exposures."""

    def __init__(self, graph: PoolGraph, rules: RuleSet) -> None:
        self._graph, self._rules = graph, rules
        self.numbers: dict[str, int] = {}
        self._associations: list[Held] = []

    def add(self, associations: Iterable[str]) -> None:
        self._associations += map(self._held, associations)

    def holdings(self) -> Holdings:
        graph = self._graph
        observations = [next(map(name_of, graph.iris(iri, "in_observation")), "") for iri in self.numbers]
        return Holdings(
            graph.pool,
            [graph.label(iri) for iri in self.numbers],
            self._associations,
            rules=self._rules,
            observations=observations,
        )

    def _number(self, iri: str) -> int:
        return self.numbers.setdefault(iri, len(self.numbers))

    def _held(self, association: str) -> Held:
        graph = self._graph
        rules = sorted(graph.iris(association, "rule"))
        candidate = graph.iri(association, "for_candidate")
        members, behind = self._members(association)
        return Held(
            name=graph.label(association),
            asn_type=graph.text(rules[0], "asn_type"),
            rule=graph.label(rules[0]),
            level=int(graph.text(rules[0], "level")),
            candidate=name_of(candidate),
            candidate_type=graph.concept(candidate, "candidate_type"),
            target="",
            products=tuple(graph.label(each) for each in graph.iris(association, "produces")),
            members=tuple(members),
            anchors=tuple(self._number(each) for each in graph.iris(association, "anchor")),
            edges=(),
            behind=tuple(behind),
        )

    def _members(self, association: str) -> tuple[list[HeldMember], list[int]]:
        """List the members, and the exposures for which a product of theirs is a member."""
        graph = self._graph
        exposures = set(graph.subjects("member_of", association))
        products = set(graph.subjects("product_member_of", association))
        members, behind = [], []
        places = sorted(graph.subjects("association", association), key=lambda iri: int(name_of(iri)))
        for place in places:
            who, role = graph.iri(place, "participant"), graph.concept(place, "exptype")
            if who in products:
                members.append(HeldMember(graph.label(who) + _ENDINGS.get(role, "_i2d.fits"), role, PRODUCT))
            elif who in exposures:
                members.append(HeldMember(graph.label(who), role, self._number(who)))
            else:
                behind.append(self._number(who))
        return members, behind
