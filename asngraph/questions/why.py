"""Why exposures belong together: the chain of edges that ties them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AsnGraphError
from asngraph.graph.support_files import Support
from asngraph.model.column import is_defined
from asngraph.model.relations import RELATIONS, support_relation
from asngraph.questions.collection import Edge, Held, Holdings, hold
from asngraph.rules.rule import RuleSet


class Link(NamedTuple):
    """An edge of the chain, by names.

    Parameters
    ----------
    source, target : str
        The names of the exposures; the target of ``member_of`` is an association, that of ``derived_from`` the exposure
        of which the source, a product, is made.
    relation : str
        The relation.
    rule, candidate, group : str
        What derived it, for which candidate, and what it holds together; empty for ``member_of``.
    """

    source: str
    target: str
    relation: str
    rule: str = ""
    candidate: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The edge in words."""
        if self.relation == "member_of":
            return f"{self.source} is a member of {self.target}"
        words = f"{self.source} {self.relation} {self.target}: {RELATIONS[self.relation].definition}"
        if self.rule and self.rule != self.relation:
            return f"{words} ({self.rule}, candidate {self.candidate}, in {self.group})"
        return f"{words} ({self.candidate})" if self.candidate else words


@dataclass(frozen=True)
class Tie:
    """What ties an exposure to an association, or to another exposure.

    Parameters
    ----------
    links : tuple of Link
        The edges, one after the other; between two exposures some may go the other way.
    association : str
        The association in which they are together; empty where only a chain over several, or none, ties them.
    in_common : mapping of str to str
        What the association's exposures have in common.
    text : str
        The answer in words.
    """

    links: tuple[Link, ...]
    association: str
    in_common: dict[str, str]
    text: str


def why(source: Any, exposure: str, other: str, *, rules: RuleSet | None = None) -> list[Tie]:
    """Say why an exposure is in an association, or what ties it to another exposure.

    Parameters
    ----------
    source : AssociationGraph, Pool, Holdings or path
        What is asked (`asngraph.questions.hold`).
    exposure : str
        The exposure; or a support file, such as an MSA plan.
    other : str
        An association, or another exposure.
    rules : RuleSet, optional
        The rules, as `asngraph.questions.hold` takes them.

    Returns
    -------
    list of Tie
        One for an association. For another exposure one for each association that has both, or, where none has, the
        shortest chain of edges between them.

    Raises
    ------
    UsageError
        When there is no exposure or association of the name, with suggestions.
    AsnGraphError
        When the exposure is not in the association, or nothing ties the two.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [tie] = why(pool, pool["filename"][1], "jw03201-o001_image3_00001")
    >>> [link.relation for link in tie.links]
    ['grouped_with', 'member_of']
    """
    holdings = hold(source, rules)
    served = holdings.served_by(exposure)
    if served:
        return _by_support(holdings, served, other)
    number = holdings.exposure(exposure)
    if holdings.lookup.is_association(other):
        return [_in_association(holdings, number, holdings.association(other))]
    return _between(holdings, number, holdings.exposure(other))


def _by_support(holdings: Holdings, served: list[Support], other: str) -> list[Tie]:
    """Go from a support file by the exposures that it serves."""
    file, found = served[0].file, []
    for each in served:
        link = Link(file, holdings.exposures[each.exposure], support_relation(each.kind))
        if not holdings.lookup.is_association(other):
            if holdings.exposure(other) == each.exposure:
                found.append(Tie((link,), "", {}, link.text))
            continue
        held = holdings.association(other)
        if held in holdings.of_exposure.get(each.exposure, []):
            tie = _in_association(holdings, each.exposure, held)
            found.append(replace(tie, links=(link, *tie.links), text=f"{link.text}; {tie.text}"))
    if not found:
        raise AsnGraphError(f"{file} serves nothing in {other}; `asngraph related {file}` lists what it serves")
    return found


def _named(holdings: Holdings, edge: Edge) -> Link:
    source, target, *rest = edge
    return Link(holdings.exposures[source], holdings.exposures[target], *rest)


def _in_association(holdings: Holdings, number: int, held: Held) -> Tie:
    name = holdings.exposures[number]
    roles = held.roles(number)
    if not roles and number not in held.behind:
        raise AsnGraphError(f"{name} is not in {held.name}; `asngraph why-not {name} {held.name}` says why")
    links = [_named(holdings, edge) for edge in _edges_into(held, number)]
    if roles:
        links.append(Link(name, held.name, "member_of", candidate=held.candidate))
        text = f"{name} is in {held.name} as {' and as '.join(dict.fromkeys(each.exptype for each in roles))}"
    else:
        image = next(member.expname for member in held.members if member.exposure == PRODUCT)
        text = f"{name} is in {held.name} by {image}, which is made of it"
    if number in held.anchors:
        text += ": the association is built around it"
    text += f", for {_candidate(held)}, by {held.rule}"
    common = {field: value for field, value in held.in_common.items() if is_defined(value)}
    if common and len(held.members) > 1:
        text += "; what holds it together: " + ", ".join(f"{field} {value}" for field, value in common.items())
    return Tie(tuple(links), held.name, common, text)


def _candidate(held: Held) -> str:
    return f"candidate {held.candidate}" + (f" ({held.candidate_type})" if held.candidate_type else "")


def _edges_into(held: Held, number: int) -> list[Edge]:
    return [edge for edge in held.edges if edge.source == number]


def _between(holdings: Holdings, one: int, other: int) -> list[Tie]:
    names = holdings.exposures[one], holdings.exposures[other]
    if one == other:
        raise AsnGraphError(f"{names[0]} is one exposure; name two, or an exposure and an association")
    shared = [held for held in holdings.of_exposure.get(one, []) if held in holdings.of_exposure.get(other, [])]
    ties = []
    for held in shared:
        links = [_named(holdings, edge) for each in (one, other) for edge in _edges_into(held, each)]
        common = {field: value for field, value in held.in_common.items() if is_defined(value)}
        text = (
            f"{names[0]} as {_roles(held, one)} and {names[1]} as {_roles(held, other)} are both in {held.name} "
            f"({held.rule}, {_candidate(held)})"
        )
        ties.append(Tie(tuple(links), held.name, common, text))
    if ties:
        return ties
    chain = _shortest(holdings, one, other)
    if chain is None:
        raise AsnGraphError(f"nothing ties {names[0]} and {names[1]}: no association and no relation joins them")
    links = [_named(holdings, edge) for edge in chain]
    length = "one edge" if len(chain) == 1 else f"a chain of {len(chain)} edges"
    return [Tie(tuple(links), "", {}, f"no association has both {names[0]} and {names[1]}; {length} ties them")]


def _roles(held: Held, number: int) -> str:
    return "/".join(dict.fromkeys(member.exptype for member in held.roles(number))) or "direct image"


def _shortest(holdings: Holdings, one: int, other: int) -> list[Edge] | None:
    """Find the shortest chain between two exposures; where there are several, one of edges that rules derived."""
    neighbours: dict[int, list[Edge]] = {}
    derived = [edge for held in holdings.associations for edge in held.edges]
    for edge in (*derived, *holdings.structure):
        neighbours.setdefault(edge.source, []).append(edge)
        neighbours.setdefault(edge.target, []).append(edge)
    came_by: dict[int, Edge | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came_by:
        here = waiting.popleft()
        for edge in neighbours.get(here, ()):
            there = edge.target if edge.source == here else edge.source
            if there not in came_by:
                came_by[there] = edge
                waiting.append(there)
    if other not in came_by:
        return None
    chain: list[Edge] = []
    here = other
    while (by := came_by[here]) is not None:
        chain.append(by)
        here = by.source if by.target == here else by.target
    return chain[::-1]
