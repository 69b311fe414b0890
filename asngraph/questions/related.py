"""Which exposures stand in a relation to an exposure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asngraph.errors import UsageError
from asngraph.model.relations import RELATIONS, support_relation
from asngraph.questions.collection import Edge, Held, Holdings, hold
from asngraph.rules.rule import RuleSet

# Which way a relation goes, as seen from the exposure that is asked about.
BOTH, SERVES, SERVED_BY = "both", "serves", "is served by"


@dataclass
class Neighbour:
    """An exposure that stands in a relation to the one that is asked about.

    Parameters
    ----------
    relation : str
        The relation.
    direction : str
        ``both``, or whether the exposure that is asked about ``serves`` this one or ``is served by`` it.
    exposure : str
        The other exposure, or the support file.
    groups : list of str
        The associations, or the classes of exposures, in which they do.
    """

    relation: str
    direction: str
    exposure: str
    groups: list[str] = field(default_factory=list)


def related(
    source: Any, exposure: str, relation: str | None = None, *, rules: RuleSet | None = None
) -> list[Neighbour]:
    """Find the exposures that stand in a relation to an exposure.

    Relations that are kept as stars are unfolded: exposures that have an edge to one centre are each other's
    neighbours. What serves an association serves all of its science exposures.

    Parameters
    ----------
    source : AssociationGraph, Pool, Holdings or path
        What is asked (`asngraph.questions.hold`).
    exposure : str
        The exposure; or a support file, such as an MSA plan.
    relation : str, optional
        The only relation that counts, with its cases (``calibration_for`` has many).
    rules : RuleSet, optional
        The rules, as `asngraph.questions.hold` takes them.

    Returns
    -------
    list of Neighbour
        By relation, and then in the order of the exposures.

    Raises
    ------
    UsageError
        When there is no such exposure or relation, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> len(related(pool, pool["filename"][0], "grouped_with"))
    3
    """
    holdings = hold(source, rules)
    wanted = None if relation is None else _cases(relation)
    served = holdings.served_by(exposure)
    if served:
        ends = [(support_relation(each.kind), holdings.exposures[each.exposure], each.kind) for each in served]
        return [
            Neighbour(name, SERVES, other, [kind]) for name, other, kind in ends if wanted is None or name in wanted
        ]
    number = holdings.exposure(exposure)
    found: dict[tuple[str, str, int], list[str]] = {}
    for name, direction, other, group in (*_by_pool(holdings, number), *_by_rules(holdings, number)):
        if wanted is None or name in wanted:
            groups = found.setdefault((name, direction, other), [])
            if group not in groups:
                groups.append(group)
    order = {name: place for place, name in enumerate(RELATIONS)}
    keys = sorted(found, key=lambda key: (order[key[0]], key[1], key[2]))
    neighbours = [Neighbour(key[0], key[1], holdings.exposures[key[2]], found[key]) for key in keys]
    files = [each for each in (holdings.graph.serving if holdings.graph else []) if each.exposure == number]
    support = [Neighbour(support_relation(each.kind), SERVED_BY, each.file, [each.kind]) for each in files]
    return neighbours + [each for each in support if wanted is None or each.relation in wanted]


def _cases(relation: str) -> set[str]:
    """Return a relation and all that are cases of it."""
    name = relation.strip().lower().replace("-", "_")
    if name not in RELATIONS:
        near = difflib.get_close_matches(name, RELATIONS, n=3) or list(RELATIONS)
        raise UsageError(f"there is no relation {relation}; there are {', '.join(near)}")
    cases = {name}
    for each in RELATIONS.values():  # a parent stands before its cases
        if each.parent in cases:
            cases.add(each.name)
    return cases


_Found = tuple[str, str, int, str]


def _by_pool(holdings: Holdings, number: int) -> Iterator[_Found]:
    """Unfold the stars of relations that follow from the pool alone."""
    stars: dict[tuple[str, str], list[Edge]] = {}
    for edge in holdings.structure:
        stars.setdefault((edge.relation, edge.group), []).append(edge)
    for (relation, group), edges in stars.items():
        ends = dict.fromkeys(end for edge in edges for end in (edge.target, edge.source))
        if number in ends:
            yield from ((relation, BOTH, other, group) for other in ends if other != number)


def _by_rules(holdings: Holdings, number: int) -> Iterator[_Found]:
    for held in holdings.of_exposure.get(number, []):
        yield from _in_association(held, number)


def _in_association(held: Held, number: int) -> Iterator[_Found]:
    """Unfold the star around an association's anchor."""
    peers = dict.fromkeys(held.anchors)
    peers.update(dict.fromkeys(edge.source for edge in held.edges if edge.relation == "grouped_with"))
    if number in peers:
        yield from (("grouped_with", BOTH, other, held.name) for other in peers if other != number)
    for edge in held.edges:
        if edge.relation == "grouped_with":
            continue
        if edge.source == number:
            served = (peer for peer in peers if peer != number)
            yield from ((edge.relation, SERVES, peer, held.name) for peer in served)
        elif number in peers:
            yield edge.relation, SERVED_BY, edge.source, held.name
