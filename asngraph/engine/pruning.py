"""Setting duplicates aside, and numbering what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from asngraph.engine.subgraphs import Member, Subgraph
from asngraph.names import product_root

Membership = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class SetAside:
    """An association that was not kept.

    Parameters
    ----------
    subgraph : Subgraph
        The association.
    reason : str
        Why.
    duplicate_of : Subgraph, optional
        The one that was kept in its place.
    """

    subgraph: Subgraph
    reason: str
    duplicate_of: Subgraph | None = None


def prune(subgraphs: Sequence[Subgraph]) -> tuple[list[Subgraph], list[SetAside]]:
    """Set duplicates aside.

    Of associations with the same members in the same roles one is kept: that of the highest candidate id (so that
    observations go before larger candidates, and those before what is discovered), and of these the last. Of those left
    that have the same product, the smaller goes where none has a member twice and shared members have the same roles.

    Parameters
    ----------
    subgraphs : sequence of Subgraph
        Associations of one level, in the order in which they were made.

    Returns
    -------
    kept : list of Subgraph
        In the order in which they are numbered.
    aside : list of SetAside
        The others.
    """
    kept, aside = _without_duplicates(subgraphs)
    return _without_lesser_products(kept, aside)


def _candidate_id(subgraph: Subgraph) -> str:
    return subgraph.candidate.id


def _membership(subgraph: Subgraph) -> Membership | None:
    """Return the members and roles; None where a member comes twice, since then nothing is its equal."""
    membership = frozenset((member.expname, member.exptype) for member in subgraph.members)
    if len({expname for expname, _ in membership}) < len(subgraph.members):
        return None
    return membership


def _without_duplicates(subgraphs: Sequence[Subgraph]) -> tuple[list[Subgraph], list[SetAside]]:
    kept: list[Subgraph] = []
    aside: list[SetAside] = []
    known: dict[Membership, Subgraph] = {}
    for subgraph in sorted(subgraphs, key=_candidate_id)[::-1]:
        membership = _membership(subgraph)
        other = None if membership is None else known.setdefault(membership, subgraph)
        if other is None or other is subgraph:
            kept.append(subgraph)
        else:
            aside.append(SetAside(subgraph, "has the same members", other))
    return kept, aside


def _without_lesser_products(subgraphs: list[Subgraph], aside: list[SetAside]) -> tuple[list[Subgraph], list[SetAside]]:
    counts = Counter(subgraph.product for subgraph in subgraphs)
    if len(counts) == len(subgraphs):
        return subgraphs, aside
    by_product: dict[str, list[Subgraph]] = defaultdict(list)
    for subgraph in sorted(subgraphs, key=_candidate_id):
        if counts[subgraph.product] > 1:
            by_product[subgraph.product].append(subgraph)
    lesser = [pair for rivals in by_product.values() for pair in _lesser(rivals)]
    gone = {id(subgraph) for subgraph, _ in lesser}
    aside = aside + [SetAside(small, "has the same product and fewer members", large) for small, large in lesser]
    return [each for each in sorted(subgraphs, key=_candidate_id) if id(each) not in gone], aside


def _lesser(rivals: list[Subgraph]) -> list[tuple[Subgraph, Subgraph]]:
    """Find among associations of one product those that go, each with the one for which it goes.

    Rivals that differ in no more than the suffixes of their members count as one here, as in the reference.
    """
    gone: list[tuple[Subgraph, Subgraph]] = []
    left = list(rivals)
    for rival in rivals:
        if any(_alike(small, rival) for small, _ in gone):
            continue
        smaller: list[tuple[Subgraph, Subgraph]] = []
        for other in left:
            if _alike(other, rival) or not _includes(rival, other):
                continue
            if len(other.members) > len(rival.members):
                smaller.append((rival, other))
                rival = other
            else:
                smaller.append((other, rival))
        for small, _ in smaller:
            found = next((other for other in left if _alike(other, small)), None)
            if found is not None:
                left.remove(found)
        gone += smaller
    return gone


def _includes(one: Subgraph, other: Subgraph) -> bool:
    """Tell whether two associations differ in length alone: no member twice, and what they share in the same role."""
    if len(one.members) == len(other.members) or _membership(one) is None or _membership(other) is None:
        return False
    roles = {member.expname: member.exptype for member in one.members}
    return all(roles.get(member.expname, member.exptype) == member.exptype for member in other.members)


def _alike(one: Subgraph, other: Subgraph) -> bool:
    """Tell whether two associations of one product are equal but for the suffixes of their members."""
    if one is other:
        return True
    if one.rule.asn_type != other.rule.asn_type or one.candidate.id[0] != other.candidate.id[0]:
        return False
    if len(one.members) != len(other.members) or _membership(one) is None or _membership(other) is None:
        return False
    theirs = [(_exposure_root(member), member.exptype) for member in other.members]
    for member in one.members:
        match = next((each for each in theirs if each[0] == _exposure_root(member)), None)
        if match is None or match[1] != member.exptype:
            return False
        theirs.remove(match)
    return True


def _exposure_root(member: Member) -> str:
    return product_root(member.expname.rpartition("/")[2])
