"""Explain why exposures belong together, by the edges that connect them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AsnGraphError
from asngraph.graph.support_files import Support
from asngraph.model.relations import support_relation
from asngraph.questions.chain import shortest_chain
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.link import Link
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet

# What the second name of the question may be.
_EITHER = "exposure or association"


@dataclass(frozen=True)
class Connection:
    """Connection of an exposure to an association, or to another exposure.

    Parameters
    ----------
    links : tuple of Link
        The consecutive edges; in a chain between two exposures, some may point backwards.
    association : str
        The association that contains both; empty if a chain of edges connects them without a common association.
    in_common : mapping of str to str
        The exposure's values in the columns that the rule binds, if they equal those of the exposure from which the
        association was built.
    text : str
        The answer in words.
    """

    links: tuple[Link, ...]
    association: str
    in_common: dict[str, str]
    text: str


def why(source: Source, exposure: str, other: str, *, rules: RuleSet | None = None) -> list[Connection]:
    """Return why an exposure is in an association, or how it is connected to another exposure.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    exposure : str
        The exposure; or an auxiliary file, such as an MSA plan.
    other : str
        An association, or another exposure.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Connection
        One for an association. For another exposure, one for each association that contains both or, if none does,
        the shortest chain of edges between them.

    Raises
    ------
    UsageError
        When an exposure or association is unknown, with suggestions.
    AsnGraphError
        When the exposure is not in the association, or nothing connects the two.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [connection] = why(pool, pool["filename"][1], "jw03201-o001_image3_00001")
    >>> [link.relation for link in connection.links]
    ['grouped_with', 'member_of']
    """
    collection = collect(source, rules)
    served = collection.served_by(exposure)
    if served:
        return _by_support(collection, served, other)
    number = collection.exposure(exposure)
    if collection.lookup.is_association(other):
        return [_in_association(collection, number, collection.association(other))]
    return _between(collection, number, collection.lookup.exposure(other, _EITHER))


def _by_support(collection: AssociationCollection, served: list[Support], other: str) -> list[Connection]:
    """Return the connections of an auxiliary file, through its exposures."""
    file, found = served[0].file, []
    for each in served:
        link = Link(file, collection.exposures[each.exposure], support_relation(each.kind))
        if not collection.lookup.is_association(other):
            if collection.lookup.exposure(other, _EITHER) == each.exposure:
                found.append(Connection((link,), "", {}, link.text))
            continue
        record = collection.association(other)
        if record in collection.of_exposure.get(each.exposure, []):
            connection = _in_association(collection, each.exposure, record)
            found.append(replace(connection, links=(link, *connection.links), text=f"{link.text}; {connection.text}"))
    if not found:
        raise AsnGraphError(f"{file} serves nothing in {other}; `asngraph related {file}` lists what it serves")
    return found


def _in_association(collection: AssociationCollection, number: int, record: AssociationRecord) -> Connection:
    name = collection.exposures[number]
    roles = record.roles(number)
    if not roles and number not in record.behind:
        raise AsnGraphError(f"{name} is not in {record.name}; `asngraph why-not {name} {record.name}` says why")
    links = list(_links_into(collection, record, number))
    if roles:
        links.append(Link(name, record.name, "member_of", candidate=record.candidate))
        text = f"{name} is in {record.name} as {' and as '.join(dict.fromkeys(each.exptype for each in roles))}"
    else:
        image = next(member.expname for member in record.members if member.exposure == PRODUCT)
        links.append(Link(name, record.name, "represented_in", candidate=record.candidate))
        text = f"{name} is in {record.name} through {image}, which is made from it"
    if number in record.anchors:
        text += ": the association is built around it"
    text += f", for {_candidate(record)}, by {record.rule}"
    shared = collection.shared_values(record, number)
    if shared and len(record.members) > 1:
        values = ", ".join(f"{column} {value}" for column, value in shared.items())
        text += f"; shared values: {values}"
    return Connection(tuple(links), record.name, shared, text)


def _candidate(record: AssociationRecord) -> str:
    return f"candidate {record.candidate}" + (f" ({record.candidate_type})" if record.candidate_type else "")


def _links_into(collection: AssociationCollection, record: AssociationRecord, number: int) -> Iterator[Link]:
    """Yield the edges of an exposure in an association: to what it serves, or to what it is combined with."""
    for science in record.science():
        if number in science and science[0] != number:
            yield _link(collection, record, "grouped_with", number, science[0])
    for block in collection.services(record):
        if number in block.sources and not block.targets:
            name = collection.exposures[number]
            yield Link(name, record.name, "carried_in", record.rule, record.candidate, record.name)
        elif number in block.sources:
            for target in block.targets:
                if target != number:
                    yield _link(collection, record, block.relation, number, target)


def _link(collection: AssociationCollection, record: AssociationRecord, relation: str, one: int, other: int) -> Link:
    names = collection.exposures
    return Link(names[one], names[other], relation, record.rule, record.candidate, record.name)


def _between(collection: AssociationCollection, one: int, other: int) -> list[Connection]:
    names = collection.exposures[one], collection.exposures[other]
    if one == other:
        raise AsnGraphError(f"{names[0]} is one exposure; name two, or an exposure and an association")
    both = [each for each in collection.of_exposure.get(one, []) if each in collection.of_exposure.get(other, [])]
    if both:
        return [_together(collection, record, one, other) for record in both]
    links = shortest_chain(collection, one, other)
    if links is None:
        raise AsnGraphError(f"{names[0]} and {names[1]} are not connected by any association or relation")
    length = "one edge" if len(links) == 1 else f"a chain of {len(links)} edges"
    text = f"no association has both {names[0]} and {names[1]}; {length} connects them"
    return [Connection(tuple(links), "", {}, text)]


def _together(collection: AssociationCollection, record: AssociationRecord, one: int, other: int) -> Connection:
    names = collection.exposures[one], collection.exposures[other]
    text = (
        f"{names[0]} as {_roles(record, one)} and {names[1]} as {_roles(record, other)} are both in {record.name} "
        f"({record.rule}, {_candidate(record)})"
    )
    own, others = (collection.shared_values(record, number) for number in (one, other))
    shared = {column: value for column, value in own.items() if others.get(column) == value}
    links = list(_direct(collection, record, one, other)) or list(_by_served(collection, record, one, other))
    if not links:
        links = [Link(name, record.name, "member_of", candidate=record.candidate) for name in names]
    return Connection(tuple(links), record.name, shared, text)


def _direct(collection: AssociationCollection, record: AssociationRecord, one: int, other: int) -> Iterator[Link]:
    """Yield the edges of an association between two exposures."""
    for science in record.science():
        if one in science and other in science:
            yield _link(collection, record, "grouped_with", one, other)
    for block in collection.services(record):
        for source, target in ((one, other), (other, one)):
            if source in block.sources and target in block.targets:
                yield _link(collection, record, block.relation, source, target)


def _by_served(collection: AssociationCollection, record: AssociationRecord, one: int, other: int) -> Iterator[Link]:
    """Yield the edges from two exposures to a science exposure that both serve."""
    served = {
        number: {target: block.relation for block in blocks if number in block.sources for target in block.targets}
        for blocks in [collection.services(record)]
        for number in (one, other)
    }
    common = next((target for target in served[one] if target in served[other]), None)
    if common is not None:
        for number in (one, other):
            yield _link(collection, record, served[number][common], number, common)


def _roles(record: AssociationRecord, number: int) -> str:
    return "/".join(dict.fromkeys(member.exptype for member in record.roles(number))) or "direct image"
