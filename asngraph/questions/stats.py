"""Statistics of a graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from asngraph.engine.draft import PRODUCT
from asngraph.graph.orphans import orphans
from asngraph.graph.structural_sets import structural_sets
from asngraph.model.candidate import CandidateColumn
from asngraph.model.relations import NODE_KINDS
from asngraph.questions.collection import AssociationCollection
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet


@dataclass(frozen=True)
class Stats:
    """Statistics of a graph.

    Parameters
    ----------
    nodes : mapping of str to int
        The number of nodes of each kind; for association files, only of the kinds that these record.
    asn_types : mapping of str to int
        The number of associations by type.
    rules : mapping of str to int
        The number of associations by rule.
    candidates : mapping of str to int
        The number of associations by type of candidate.
    exptypes : mapping of str to int
        The number of members by role.
    relations : mapping of str to int
        The number of related pairs of exposures, by relation; pairs in several associations count several times.
    members : tuple of (int, float, int)
        The minimum, median and maximum number of members of an association.
    degrees : mapping of int to int
        The number of exposures, by the number of associations to which they belong.
    most_associations : tuple of (str, int)
        The exposure that belongs to the most associations, and their number.
    components : int
        The number of connected components; an exposure in no association is a component.
    largest_component : int
        The number of exposures in the largest component.
    duplicates : int
        The number of associations that were set aside as duplicates.
    orphans : mapping of str to int
        The number of exposures in no association, by reason.
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


def stats(source: Source, *, rules: RuleSet | None = None) -> Stats:
    """Return the statistics of a graph.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    Stats

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> counts = stats(simulate(4, ["nircam-imaging"], seed=1))
    >>> counts.nodes["association"], counts.asn_types, counts.degrees, counts.components
    (5, {'image2': 4, 'image3': 1}, {2: 4}, 1)
    """
    collection = collect(source, rules).whole()
    record, members = collection.associations, [len(each.members) for each in collection.associations]
    degrees = {number: len(some) for number, some in collection.of_exposure.items()}
    per_degree = Counter(degrees.get(number, 0) for number in range(len(collection.exposures)))
    most = max(degrees, key=lambda number: (degrees[number], -number), default=None)
    sizes = _components(collection)
    return Stats(
        nodes=_nodes(collection),
        asn_types=_counted(each.asn_type for each in record),
        rules=_counted(each.rule for each in record),
        candidates=_counted(each.candidate_type or "unknown" for each in record),
        exptypes=_counted(member.exptype for each in record for member in each.members),
        relations=_relations(collection),
        members=(min(members, default=0), median(members or [0]), max(members, default=0)),
        degrees=dict(sorted(per_degree.items())),
        most_associations=("", 0) if most is None else (collection.exposures[most], degrees[most]),
        components=len(sizes),
        largest_component=max(sizes, default=0),
        duplicates=_duplicates(collection),
        orphans=_orphans(collection),
    )


def _nodes(collection: AssociationCollection) -> dict[str, int]:
    record = collection.associations
    counts = {
        "exposure": len(collection.exposures),
        "candidate": len({(each.candidate, each.candidate_type) for each in record}),
        "association": len(record),
        "product": len({product for each in record for product in each.products}),
    }
    if collection.graph is not None:
        facts = collection.graph.decision.facts
        for kind, column in (("observation", "obs_num"), ("target", "targetid")):
            known = facts["program"].defined & facts[column].defined
            pairs = zip(facts["program"].keys[known].tolist(), facts[column].keys[known].tolist(), strict=True)
            counts[kind] = len(set(pairs))
        counts["candidate"] = len(CandidateColumn(facts["asn_candidate"]).all)
        counts["support"] = len({each.file for each in collection.graph.serving})
    return {kind: counts[kind] for kind in NODE_KINDS if kind in counts}


def _counted(names: Any) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _relations(collection: AssociationCollection) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in (*structural_sets(collection.facts), *collection.groups):
        counts[each.relation] += each.size
    for record in collection.associations:
        for block in collection.services(record):
            if block.targets:
                counts[block.relation] += block.size
    return dict(counts.most_common())


def _components(collection: AssociationCollection) -> list[int]:
    """Return the sizes of the connected components of exposures."""
    import networkx as nx

    connected: nx.Graph = nx.Graph()
    connected.add_nodes_from(range(len(collection.exposures)))
    for record in collection.associations:
        exposures = [*(each.exposure for each in record.members if each.exposure != PRODUCT), *record.behind]
        connected.add_edges_from((exposures[0], other) for other in exposures[1:])
    return [len(part) for part in nx.connected_components(connected)]


def _duplicates(collection: AssociationCollection) -> int:
    aside = collection.graph.decision.aside if collection.graph else []
    return sum(each.duplicate_of is not None for each in aside)


def _orphans(collection: AssociationCollection) -> dict[str, int]:
    if collection.graph is None:
        return {}
    return _counted(each.reason for each in orphans(collection.graph))
