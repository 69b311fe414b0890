"""Which exposures stand in a relation to an exposure."""

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
        The associations in which they do, or the sets (a target, an observation, ...) of which both are.
    """

    relation: str
    direction: str
    exposure: str
    groups: list[str] = field(default_factory=list)


def related(
    source: Any, exposure: str, relation: str | None = None, *, rules: RuleSet | None = None
) -> list[Neighbour]:
    """Find the exposures that stand in a relation to an exposure.

    Symmetric relations are unfolded: the members of one set are each other's neighbours.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        What is asked (`asngraph.questions.collect`).
    exposure : str
        The exposure; or a support file, such as an MSA plan.
    relation : str, optional
        The only relation that counts, with its cases (``calibration_for`` has many).
    rules : RuleSet, optional
        The rules, as `asngraph.questions.collect` takes them.

    Returns
    -------
    list of Neighbour
        By relation, direction and name of the exposure.

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
    """Return a relation and all that are cases of it."""
    name = relation.strip().lower().replace("-", "_")
    if name not in RELATIONS:
        hint = did_you_mean(closest(name, list(RELATIONS)), f"there are {', '.join(RELATIONS)}")
        raise UsageError(f"unknown relation {relation!r}; {hint}")
    cases = {name}
    for each in RELATIONS.values():  # a parent stands before its cases
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
