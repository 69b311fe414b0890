"""Exposures that are related to an exposure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asngraph.errors import UsageError
from asngraph.model.relations import RELATIONS, support_relation
from asngraph.questions.collection import AssociationCollection
from asngraph.questions.sources import collect
from asngraph.rules.rule import RuleSet
from asngraph.util.suggest import closest, did_you_mean

# The direction of a relation, as seen from the exposure in question.
BOTH, SERVES, SERVED_BY = "both", "serves", "is served by"


@dataclass
class Neighbour:
    """Exposure that is related to the one in question.

    Parameters
    ----------
    relation : str
        The relation.
    direction : str
        ``both`` for symmetric relations; otherwise ``serves`` if the exposure in question serves this one, and ``is
        served by`` if this one serves it.
    exposure : str
        The related exposure, or the auxiliary file.
    groups : list of str
        The associations in which they are related, or the sets (a target, an observation, ...) that have both.
    """

    relation: str
    direction: str
    exposure: str
    groups: list[str] = field(default_factory=list)


def related(
    source: Any, exposure: str, relation: str | None = None, *, rules: RuleSet | None = None
) -> list[Neighbour]:
    """Return the exposures that are related to an exposure.

    All members of the set of a symmetric relation are neighbours of each other.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    exposure : str
        The exposure; or an auxiliary file, such as an MSA plan.
    relation : str, optional
        The only relation to consider, with its subrelations (``calibration_for`` has many).
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Neighbour
        Sorted by relation, direction and name of the exposure.

    Raises
    ------
    UsageError
        When the exposure or the relation is unknown, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> len(related(pool, pool["filename"][0], "grouped_with"))
    3
    """
    collection = collect(source, rules)
    wanted = None if relation is None else _cases(relation)
    served = collection.served_by(exposure)
    if served:
        ends = sorted((support_relation(each.kind), collection.exposures[each.exposure], each.kind) for each in served)
        return [
            Neighbour(name, SERVES, other, [kind]) for name, other, kind in ends if wanted is None or name in wanted
        ]
    number = collection.exposure(exposure)
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, direction, other, group in (*_symmetric(collection, number), *_served(collection, number)):
        if wanted is None or name in wanted:
            groups = found.setdefault((name, direction, collection.exposures[other]), [])
            if group not in groups:
                groups.append(group)
    order = {name: place for place, name in enumerate(RELATIONS)}
    keys = sorted(found, key=lambda key: (order[key[0]], *key[1:]))
    neighbours = [Neighbour(*key, sorted(found[key])) for key in keys]
    files = sorted((support.file, support.kind) for support in collection.serving if support.exposure == number)
    served_by = [Neighbour(support_relation(kind), SERVED_BY, file, [kind]) for file, kind in files]
    return neighbours + [support for support in served_by if wanted is None or support.relation in wanted]


def _cases(relation: str) -> set[str]:
    """Return a relation and its subrelations."""
    name = relation.strip().lower().replace("-", "_")
    if name not in RELATIONS:
        hint = did_you_mean(closest(name, list(RELATIONS)), f"there are {', '.join(RELATIONS)}")
        raise UsageError(f"unknown relation {relation!r}; {hint}")
    cases = {name}
    for each in RELATIONS.values():  # parents come before their subrelations
        if each.parent in cases:
            cases.add(each.name)
    return cases


_Found = tuple[str, str, int, str]


def _symmetric(collection: AssociationCollection, number: int) -> Iterator[_Found]:
    for each in collection.sets.get(number, ()):
        for other in each.others(number):
            yield each.relation, BOTH, other, each.name


def _served(collection: AssociationCollection, number: int) -> Iterator[_Found]:
    for record in collection.of_exposure.get(number, ()):
        for block in collection.services(record):
            if number in block.sources:
                others = (other for other in block.targets if other != number)
                yield from ((block.relation, SERVES, other, record.name) for other in others)
            if number in block.targets:
                others = (other for other in block.sources if other != number)
                yield from ((block.relation, SERVED_BY, other, record.name) for other in others)
