"""Duplicates: associations that are set aside in favour of others."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence
from operator import itemgetter

from asngraph.engine.draft import Draft, Member
from asngraph.engine.product_names import product_name
from asngraph.engine.result import SetAside
from asngraph.model.filenames import product_root

SAME_MEMBERS = "has the same members"
Membership = frozenset[tuple[str, str]]
# Of a `Member`.
_EXPNAME, _NAME_AND_ROLE = itemgetter(0), itemgetter(0, 1)


def prune(drafts: Sequence[Draft]) -> tuple[list[Draft], list[SetAside]]:
    """Return the associations to keep, and the duplicates that are set aside.

    Of associations with the same members in the same roles one is kept: that of the highest candidate id (observations
    come before larger candidates, and those before discovery), and of these the last. Of the others that have the same
    product, the smaller is set aside, if none has a member twice and the members that they share have the same roles.

    Parameters
    ----------
    drafts : sequence of Draft
        Associations of one stage, in the order in which they were completed.

    Returns
    -------
    kept : list of Draft
        In the order in which they are numbered.
    aside : list of SetAside
        The others, in the order in which they were found.

    Notes
    -----
    O(m) in the members, by sets of members, and O(n²) only among those with the same product.
    """
    kept, aside = _without_duplicates(drafts)
    return _without_lesser_products(kept, aside)


def _candidate_id(draft: Draft) -> str:
    return draft.candidate.id


def _membership(draft: Draft) -> Membership | None:
    """Return the members and roles; None where a member comes twice, since no association equals such a one."""
    if len(set(map(_EXPNAME, draft.members))) < len(draft.members):
        return None
    return frozenset(map(_NAME_AND_ROLE, draft.members))


def _without_duplicates(drafts: Sequence[Draft]) -> tuple[list[Draft], list[SetAside]]:
    groups: dict[object, list[Draft]] = {}
    for draft in sorted(drafts, key=_candidate_id)[::-1]:
        key = _membership(draft)
        groups.setdefault(id(draft) if key is None else key, []).append(draft)
    kept = [group[0] for group in groups.values()]
    aside = [SetAside(draft, SAME_MEMBERS, group[0]) for group in groups.values() for draft in group[:0:-1]]
    return kept, aside


def _without_lesser_products(drafts: list[Draft], aside: list[SetAside]) -> tuple[list[Draft], list[SetAside]]:
    counts = Counter(draft.product for draft in drafts)
    if len(counts) == len(drafts):
        return drafts, aside
    rivals: dict[str, list[Draft]] = {product: [] for product, count in counts.items() if count > 1}
    ordered = sorted(drafts, key=_candidate_id)
    for draft in ordered:
        if draft.product in rivals:
            rivals[draft.product].append(draft)
    lesser = [pair for group in rivals.values() for pair in _lesser(group)]
    gone = {id(draft) for draft, _ in lesser}
    aside = aside + [SetAside(small, "has the same product and fewer members", large) for small, large in lesser]
    return [draft for draft in ordered if id(draft) not in gone], aside


def _lesser(rivals: list[Draft]) -> list[tuple[Draft, Draft]]:
    """Return the associations of one product to set aside, each with the one to keep instead.

    Rivals that differ only in the suffixes of their members count as one here, as in the reference.
    """
    gone: list[tuple[Draft, Draft]] = []
    left = list(rivals)
    for rival in rivals:
        if any(alike(small, rival) for small, _ in gone):
            continue
        smaller: list[tuple[Draft, Draft]] = []
        for other in left:
            if alike(other, rival) or not _includes(rival, other):
                continue
            if len(other.members) > len(rival.members):
                smaller.append((rival, other))
                rival = other
            else:
                smaller.append((other, rival))
        for small, _ in smaller:
            found = next((other for other in left if alike(other, small)), None)
            if found is not None:
                left.remove(found)
        gone += smaller
    return gone


def _includes(one: Draft, other: Draft) -> bool:
    """Return whether associations of different length have no member twice, and shared members in the same role."""
    if len(one.members) == len(other.members) or _membership(one) is None or _membership(other) is None:
        return False
    roles = {member.expname: member.exptype for member in one.members}
    return all(roles.get(member.expname, member.exptype) == member.exptype for member in other.members)


def alike(one: Draft, other: Draft) -> bool:
    """Return whether two associations differ only in their products and in the suffixes of their members.

    Parameters
    ----------
    one, other : Draft
        The associations.
    """
    if one is other:
        return True
    if one.rule.asn_type != other.rule.asn_type or one.candidate.id[0] != other.candidate.id[0]:
        return False
    if len(one.members) != len(other.members) or _membership(one) is None or _membership(other) is None:
        return False
    theirs: dict[str, deque[str]] = {}
    for member in other.members:
        theirs.setdefault(_exposure_root(member), deque()).append(member.exptype)
    for member in one.members:
        roles = theirs.get(_exposure_root(member))
        if not roles or roles.popleft() != member.exptype:
            return False
    return True


def without_found_again(drafts: Sequence[Draft]) -> tuple[list[Draft], list[SetAside]]:
    """Return associations without those of discovery that a candidate has too.

    The reference compares the first letters of candidates' ids, among others: only candidates whose ids begin as that
    of discovery can have the same associations (``filter_discovered_only`` of jwst.associations.lib.utilities).

    Parameters
    ----------
    drafts : sequence of Draft
        Associations of one stage, not yet completed.

    Returns
    -------
    kept : list of Draft
        The others.
    aside : list of SetAside
        Those of discovery that were left out.
    """
    like_discovery = [draft for draft in drafts if draft.candidate.like_discovery]
    if not like_discovery:
        return list(drafts), []
    words = {id(draft): _words(product_name(draft)) for draft in drafts}
    kept, aside = [], []
    for draft in drafts:
        same = draft.candidate.discovered and any(
            words[id(other)] == words[id(draft)] and alike(other, draft) for other in like_discovery
        )
        if same:
            aside.append(SetAside(draft, "is what a candidate asks for"))
        else:
            kept.append(draft)
    return kept, aside


def _words(product: str) -> frozenset[str]:
    return frozenset(re.split("[_-]", product))


def _exposure_root(member: Member) -> str:
    return product_root(member.expname.rpartition("/")[2])
