"""The shortest chain of edges between two exposures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from asngraph.graph.structural_sets import ExposureSet
from asngraph.questions.collection import AssociationCollection
from asngraph.questions.link import Link


def shortest_chain(collection: AssociationCollection, one: int, other: int) -> list[Link] | None:
    """Return the shortest chain of edges between two exposures, or None if nothing connects them.

    Parameters
    ----------
    collection : AssociationCollection
        The collection to search.
    one, other : int
        The indices of the exposures.

    Returns
    -------
    list of Link, or None
        Directed edges and edges of symmetric relations; edges that a rule derived take precedence over those that
        follow from the pool.

    Notes
    -----
    O(n + m) for n exposures and m edges and memberships in sets: each set is searched once.
    """
    came_by: dict[int, Link | None] = {one: None}
    before: dict[int, int] = {}
    waiting = deque([one])
    entered: set[tuple[str, str]] = set()
    while waiting and other not in came_by:
        here = waiting.popleft()
        for there, link in _steps(collection, here, entered):
            if there not in came_by:
                came_by[there], before[there] = link, here
                waiting.append(there)
    if other not in came_by:
        return None
    chain: list[Link] = []
    here = other
    while (link_here := came_by[here]) is not None:
        chain.append(link_here)
        here = before[here]
    return chain[::-1]


def _steps(collection: AssociationCollection, here: int, entered: set[tuple[str, str]]) -> Iterator[tuple[int, Link]]:
    names = collection.exposures
    for record in collection.of_exposure.get(here, ()):
        for block in collection.services(record):
            context = (block.relation, record.rule, record.candidate, record.name)
            if here in block.sources:
                yield from ((other, Link(names[here], names[other], *context)) for other in block.targets)
            if here in block.targets:
                yield from ((other, Link(names[other], names[here], *context)) for other in block.sources)
    for each in sorted(collection.sets.get(here, ()), key=_derived_first):
        if each.parts or (each.relation, each.name) not in entered:
            entered.add((each.relation, each.name))
            for other in sorted(each.others(here), key=names.__getitem__):  # independent of the order of the source
                yield other, Link(names[here], names[other], each.relation, "", each.candidate, each.name)


def _derived_first(each: ExposureSet) -> bool:
    return each.relation != "grouped_with"
