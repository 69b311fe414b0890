"""What a graph is made of, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from asngraph.engine.draft import PRODUCT
from asngraph.graph.orphans import orphans
from asngraph.model.candidate import CandidateColumn
from asngraph.model.relations import NODE_KINDS
from asngraph.questions.collection import Holdings, hold
from asngraph.rules.rule import RuleSet


@dataclass(frozen=True)
class Stats:
    """A graph in numbers.

    Parameters
    ----------
    nodes : mapping of str to int
        How many nodes there are of each kind; of a folder of association files only those that files tell of.
    asn_types, rules, candidates : mapping of str to int
        How many associations there are by type, rule and type of candidate.
    exptypes : mapping of str to int
        How many members by role.
    relations : mapping of str to int
        How many edges between exposures by relation.
    members : tuple of (int, float, int)
        The least, the median and the most members of an association.
    degrees : mapping of int to int
        How many exposures belong to so many associations.
    most_associations : tuple of (str, int)
        The exposure that belongs to the most associations, and to how many.
    components : int
        Into how many parts that nothing ties the exposures fall, when only edges count that rules derived; an exposure
        without an edge is a part of its own.
    largest_component : int
        How many exposures the largest has.
    duplicates : int
        How many associations were set aside as duplicates.
    orphans : mapping of str to int
        Reasons, and how many exposures are in no association for each.
    """

    nodes: dict[str, int]
    asn_types: dict[str, int]
    rules: dict[str, int]
    candidates: dict[str, int]
    exptypes: dict[str, int]
    relations: dict[str, int]
    members: tuple[int, float, int]
    degrees: dict[int, int]
    most_associations: tuple[str, int]
    components: int
    largest_component: int
    duplicates: int
    orphans: dict[str, int]


def stats(source: Any, *, rules: RuleSet | None = None) -> Stats:
    """Describe a graph in numbers.

    Parameters
    ----------
    source : AssociationGraph, Pool, Holdings or path
        What is asked (`asngraph.questions.hold`).
    rules : RuleSet, optional
        The rules, as `asngraph.questions.hold` takes them.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> told = stats(simulate(4, ["nircam-imaging"], seed=1))
    >>> told.nodes["association"], told.asn_types, told.degrees, told.components
    (5, {'image2': 4, 'image3': 1}, {2: 4}, 1)
    """
    holdings = hold(source, rules)
    held, members = holdings.associations, [len(each.members) for each in holdings.associations]
    degrees = {number: len(some) for number, some in holdings.of_exposure.items()}
    per_degree = Counter(degrees.get(number, 0) for number in range(len(holdings.exposures)))
    most = max(degrees, key=lambda number: (degrees[number], -number), default=None)
    sizes = _components(holdings)
    return Stats(
        nodes=_nodes(holdings),
        asn_types=_counted(each.asn_type for each in held),
        rules=_counted(each.rule for each in held),
        candidates=_counted(each.candidate_type or "not told" for each in held),
        exptypes=_counted(member.exptype for each in held for member in each.members),
        relations=_counted(
            edge.relation for some in (holdings.structure, *(each.edges for each in held)) for edge in some
        ),
        members=(min(members, default=0), median(members or [0]), max(members, default=0)),
        degrees=dict(sorted(per_degree.items())),
        most_associations=("", 0) if most is None else (holdings.exposures[most], degrees[most]),
        components=len(sizes),
        largest_component=max(sizes, default=0),
        duplicates=_duplicates(holdings),
        orphans=_orphans(holdings),
    )


def _nodes(holdings: Holdings) -> dict[str, int]:
    held = holdings.associations
    counts = {
        "exposure": len(holdings.exposures),
        "candidate": len({(each.candidate, each.candidate_type) for each in held}),
        "association": len(held),
        "product": len({product for each in held for product in each.products}),
    }
    if holdings.graph is not None:
        facts = holdings.graph.decision.facts
        for kind, column in (("observation", "obs_num"), ("target", "targetid")):
            known = facts["program"].defined & facts[column].defined
            pairs = zip(facts["program"].keys[known].tolist(), facts[column].keys[known].tolist(), strict=True)
            counts[kind] = len(set(pairs))
        counts["candidate"] = len(CandidateColumn(facts["asn_candidate"]).all)
        counts["support"] = len({each.file for each in holdings.graph.serving})
    return {kind: counts[kind] for kind in NODE_KINDS if kind in counts}


def _counted(names: Any) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _components(holdings: Holdings) -> list[int]:
    """Return the sizes of the connected parts."""
    import networkx as nx

    ties: nx.Graph = nx.Graph()
    ties.add_nodes_from(range(len(holdings.exposures)))
    for held in holdings.associations:
        ties.add_edges_from((edge.source, edge.target) for edge in held.edges)
        ties.add_edges_from((member.exposure, held.anchors[0]) for member in held.members if member.exposure != PRODUCT)
    return [len(part) for part in nx.connected_components(ties)]


def _duplicates(holdings: Holdings) -> int:
    aside = holdings.graph.decision.aside if holdings.graph else []
    return sum(each.duplicate_of is not None for each in aside)


def _orphans(holdings: Holdings) -> dict[str, int]:
    if holdings.graph is None:
        return {}
    return _counted(each.reason for each in orphans(holdings.graph))
