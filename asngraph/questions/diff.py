"""Differences between two sets of associations, by content: sequence numbers, versions and texts are ignored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple, TypeAlias

from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.roles import Role
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect
from asngraph.questions.why_not import why_not
from asngraph.rules.rule import RuleSet

_Pair: TypeAlias = tuple[AssociationRecord, AssociationRecord]

SAME, CHANGED, APPEARED, VANISHED = "same", "changed", "appeared", "vanished"

# Associations that share less than this fraction of the smaller one's members are different ones.
_LEAST_SHARED = 0.5
# The number of members of an association for which a reason is given.
_MOST_REASONS = 3


class OneSided(NamedTuple):
    """Member that is on one side only.

    Parameters
    ----------
    expname : str
        Its name.
    exptype : str
        Its role.
    reason : str
        Why it is not on the other side; empty if the pool of that side is not available.
    """

    expname: str
    exptype: str
    reason: str = ""


@dataclass(frozen=True)
class Difference:
    """Association that differs between the two sides.

    Parameters
    ----------
    state : str
        ``changed``, ``appeared`` (in the second only) or ``vanished`` (in the first only).
    before : str
        Its name on the first side; empty if this does not have it.
    after : str
        Its name on the second side; empty if this does not have it.
    asn_type : str
        Its type; for changes see `changes`.
    rule : str
        Its rule, likewise.
    candidate : str
        The id of its candidate, likewise.
    products : tuple of str
        Its products.
    changes : dict of str to (str, str)
        The values before and after, by name (``asn_type``, ``rule``, ``candidate``, ``products``), if they differ.
    lost : tuple of OneSided
        The members that only the first side has. A member whose role differs is in `gained`, too.
    gained : tuple of OneSided
        The members that only the second side has.
    reason : str
        Why one side does not have the association; empty if the pool of that side is not available.
    """

    state: str
    before: str
    after: str
    asn_type: str
    rule: str
    candidate: str
    products: tuple[str, ...]
    changes: dict[str, tuple[str, str]]
    lost: tuple[OneSided, ...] = ()
    gained: tuple[OneSided, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """Comparison of two sets of associations.

    Parameters
    ----------
    before : str
        The name of the first side.
    after : str
        The name of the second side.
    same : int
        The number of associations that are the same.
    differences : tuple of Difference
        The others.
    """

    ALSO_IN_JSON: ClassVar[tuple[str, ...]] = ("changed", "appeared", "vanished")

    before: str
    after: str
    same: int
    differences: tuple[Difference, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of associations that are the same, changed, appeared and vanished."""
        counted = Counter(each.state for each in self.differences)
        return {SAME: self.same, **{state: counted[state] for state in (CHANGED, APPEARED, VANISHED)}}

    @property
    def changed(self) -> int:
        """The number of associations that changed."""
        return self.counts[CHANGED]

    @property
    def appeared(self) -> int:
        """The number of associations that only the second side has."""
        return self.counts[APPEARED]

    @property
    def vanished(self) -> int:
        """The number of associations that only the first side has."""
        return self.counts[VANISHED]


def compare(before: Source, after: Source, *, reasons: bool = True, rules: RuleSet | None = None) -> Comparison:
    """Return the differences between two sets of associations.

    The content of an association is its type, its rule, the id of its candidate, its products, and its members with
    their roles, in any order. Associations are matched first by content; then by id (`asngraph.engine.identity`), which
    graphs have, and association files with a run file; then by product, rule and candidate; then by type and the
    largest number of shared members, at least half of the smaller one's.

    Parameters
    ----------
    before, after : AssociationGraph, Pool, AssociationCollection or path
        The two sides, as for `asngraph.questions.collect`.
    reasons : bool
        Whether to find why members are on one side only: the condition of the rule that they do not meet
        (`asngraph.questions.why_not`). For a folder, its pool must be in or above it.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> from asngraph.model.pool import changed
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> found = compare(pool, changed(pool, {(0, "filter"): "f115w"}))
    >>> found.counts
    {'same': 4, 'changed': 1, 'appeared': 1, 'vanished': 0}
    >>> found.differences[0].lost[0].reason
    'the same filter, f200w; it has filter f115w (bound by ...)'
    """
    left, right = collect(before, rules), collect(after, rules)
    same, others, vanished, appeared = _matched(left.associations, right.associations)
    sides = (_Side(left, reasons=reasons), _Side(right, reasons=reasons))
    differences = [_changed(a, b, *sides) for a, b in others]
    differences += [_one_sided(VANISHED, record, sides[1]) for record in vanished]
    differences += [_one_sided(APPEARED, record, sides[0]) for record in appeared]
    return Comparison(left.source, right.source, len(same), tuple(differences))


# --- Matching -----------------------------------------------------------------------------------------------------


def _members(record: AssociationRecord) -> frozenset[tuple[tuple[str, str], int]]:
    counts = Counter((member.expname.lower(), member.exptype.lower()) for member in record.members)
    return frozenset(counts.items())


def _products(record: AssociationRecord) -> tuple[str, ...]:
    return tuple(sorted(product.lower() for product in record.products))


def _place(record: AssociationRecord) -> tuple[Hashable, ...]:
    return _products(record), record.rule.lower(), record.candidate.lower()


def _content(record: AssociationRecord) -> tuple[Hashable, ...]:
    return record.asn_type.lower(), *_place(record), _members(record)


def _uuid(record: AssociationRecord) -> Hashable:
    return record.uuid or None


def _matched(
    before: Sequence[AssociationRecord], after: Sequence[AssociationRecord]
) -> tuple[list[_Pair], list[_Pair], list[AssociationRecord], list[AssociationRecord]]:
    """Return the associations that are the same, those that changed, and those of one side."""
    same, before, after = _with_same(before, after, _content)
    changed: list[_Pair] = []
    for key in (_uuid, _place):
        fresh, before, after = _with_same(before, after, key)
        changed += fresh
    fresh, before, after = _with_most_shared(before, after)
    return same, [*changed, *fresh], list(before), list(after)


def _with_same(
    before: Sequence[AssociationRecord],
    after: Sequence[AssociationRecord],
    key: Callable[[AssociationRecord], Hashable],
) -> tuple[list[_Pair], list[AssociationRecord], list[AssociationRecord]]:
    waiting: defaultdict[Hashable, list[AssociationRecord]] = defaultdict(list)
    for record in reversed(after):
        if (own := key(record)) is not None:
            waiting[own].append(record)
    pairs, left = [], []
    for record in before:
        if others := waiting.get(key(record)):
            pairs.append((record, others.pop()))
        else:
            left.append(record)
    taken = {id(other) for _, other in pairs}
    return pairs, left, [record for record in after if id(record) not in taken]


def _with_most_shared(
    before: Sequence[AssociationRecord], after: Sequence[AssociationRecord]
) -> tuple[list[_Pair], list[AssociationRecord], list[AssociationRecord]]:
    by_member: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    names = [{member.expname.lower() for member in record.members} for record in after]
    for place, record in enumerate(after):
        for name in names[place]:
            by_member[record.asn_type.lower(), name].append(place)
    ranked = []
    for place, record in enumerate(before):
        own = {member.expname.lower() for member in record.members}
        shared = Counter(other for name in own for other in by_member[record.asn_type.lower(), name])
        for other, count in shared.items():
            if count >= _LEAST_SHARED * min(len(own), len(names[other])):
                alike = (record.rule == after[other].rule) + (record.candidate == after[other].candidate)
                ranked.append((-count / len(own | names[other]), -alike, place, other))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, place, other in sorted(ranked):
        if place not in pairs and other not in taken:
            pairs[place] = other
            taken.add(other)
    return (
        [(before[place], after[other]) for place, other in pairs.items()],
        [record for place, record in enumerate(before) if place not in pairs],
        [record for place, record in enumerate(after) if place not in taken],
    )


# --- Differences --------------------------------------------------------------------------------------------------


class _Side:
    """One side of a comparison; gives reasons for what it lacks if its pool is available."""

    def __init__(self, collection: AssociationCollection, *, reasons: bool) -> None:
        self._collection, self._wanted = collection, reasons

    @cached_property
    def _asked(self) -> AssociationCollection | None:
        if not self._wanted:
            return None
        try:
            graph: AssociationGraph = self._collection.with_pool()
        except UsageError:
            return None
        return self._collection if graph is self._collection.graph else collect(graph)

    def why_no_member(self, expname: str, record: AssociationRecord) -> str:
        """Return why an exposure is not a member of an association."""
        if self._asked is None:
            return ""
        if not self._asked.lookup.is_exposure(expname):
            return f"unknown exposure {expname!r} in {self._asked.source}"
        try:
            answer = why_not(self._asked, expname, record.name, follow=False)
        except UsageError as error:
            return self._unknown(expname, error)
        if answer.member:
            return "" if self._collection.graph is not None else f"made from its pool, {answer.reasons[0].text}"
        return "; ".join(dict.fromkeys(reason.text for reason in answer.reasons))

    def why_none(self, record: AssociationRecord) -> str:
        """Return why an association is missing: what keeps its first science exposure out of its rule."""
        science = next((each.expname for each in record.members if each.exptype.lower() == Role.SCIENCE), None)
        if self._asked is None or science is None:
            return ""
        if not self._asked.lookup.is_exposure(science):
            return f"unknown exposure {science!r} in {self._asked.source}"
        try:
            answer = why_not(self._asked, science, rule=record.rule, follow=False)
        except UsageError as error:
            return self._unknown(science, error)
        text = "; ".join(dict.fromkeys(reason.text for reason in answer.reasons))
        return f"{answer.exposure}: {'on the other side ' if answer.member else ''}{text}"

    def _unknown(self, expname: str, error: UsageError) -> str:
        text = str(error).partition(";")[0]
        return text if text.startswith("unknown ") else f"{expname}: {text}"


def _changed(before: AssociationRecord, after: AssociationRecord, left: _Side, right: _Side) -> Difference:
    changes = {
        name: (a, b)
        for name, a, b in (
            ("asn_type", before.asn_type, after.asn_type),
            ("rule", before.rule, after.rule),
            ("candidate", before.candidate, after.candidate),
            ("products", ", ".join(before.products), ", ".join(after.products)),
        )
        if a.lower() != b.lower()
    }
    return Difference(
        CHANGED,
        before.name,
        after.name,
        before.asn_type,
        before.rule,
        before.candidate,
        before.products,
        changes,
        lost=tuple(_only_in(before, after, right)),
        gained=tuple(_only_in(after, before, left)),
    )


def _only_in(record: AssociationRecord, other: AssociationRecord, side: _Side) -> Iterator[OneSided]:
    rest = Counter((member.expname.lower(), member.exptype.lower()) for member in other.members)
    roles = {member.expname.lower(): member.exptype for member in other.members}
    asked = 0
    for member in record.members:
        key = (member.expname.lower(), member.exptype.lower())
        if rest[key]:
            rest[key] -= 1
            continue
        role = roles.get(member.expname.lower())
        reason = ""
        if role is not None and role.lower() != member.exptype.lower():
            reason = f"it is {role} there"
        elif asked < _MOST_REASONS:
            reason, asked = side.why_no_member(member.expname, other), asked + 1
        yield OneSided(member.expname, member.exptype, reason)


def _one_sided(state: str, record: AssociationRecord, other: _Side) -> Difference:
    return Difference(
        state,
        before=record.name if state == VANISHED else "",
        after=record.name if state == APPEARED else "",
        asn_type=record.asn_type,
        rule=record.rule,
        candidate=record.candidate,
        products=record.products,
        changes={},
        reason=other.why_none(record),
    )
