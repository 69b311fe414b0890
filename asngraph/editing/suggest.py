"""Suggest members that would fit into an association, and members that do not belong, by the graph of its pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asngraph.errors import UsageError
from asngraph.model.association import Association
from asngraph.model.filenames import exposure_root, parse
from asngraph.model.pipelines import level_of
from asngraph.model.relations import relation_of
from asngraph.model.roles import Role, role_of
from asngraph.questions import AssociationCollection, collect, related, why_not
from asngraph.questions.collection import AssociationRecord, MemberRecord
from asngraph.rules.rule import RuleSet

FITS, FOREIGN = "would fit", "does not belong"


@dataclass(frozen=True)
class Suggestion:
    """Member that would fit, or that does not belong.

    Parameters
    ----------
    verdict : str
        ``would fit`` or ``does not belong``.
    expname : str
        The member's name.
    exptype : str
        Its role.
    reasons : tuple of str
        The reasons.
    """

    verdict: str
    expname: str
    exptype: str
    reasons: tuple[str, ...]


def suggest(association: Association, source: Any, *, rules: RuleSet | None = None) -> list[Suggestion]:
    """Return exposures that would fit into an association, and members that do not belong.

    An exposure would fit if it is a member, in the same role, of an association of the graph with the same type and the
    same science exposures; and, in stage 3, if it is a science exposure of the same target with the same optical
    elements. Members that neither fit nor serve the science exposures do not belong.

    Parameters
    ----------
    association : Association
        The association.
    source : AssociationGraph, Pool, AssociationCollection or path
        The pool, as for `asngraph.questions.collect`.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Suggestion
        Those that would fit come first.

    Raises
    ------
    UsageError
        When the pool has none of the association's science exposures.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate("examples/miri_mrs_background.csv")
    >>> suggest(graph["jw04322-o001_spec3_00001"], graph)[0].expname
    'jw04322002001_02101_00001_mirifulong_x1d.fits'
    """
    return _Comparison(association, collect(source, rules)).suggestions()


class _Comparison:
    """Comparison of an association with those of the graph."""

    def __init__(self, association: Association, collection: AssociationCollection) -> None:
        self._association, self._collection = association, collection
        self._level = level_of(association) or 3
        self._own = {(_key(m["expname"]), role_of(m["exptype"])) for m in association.members}
        self._keys = {key for key, _ in self._own}
        self._science = self._numbered(key for key, exptype in self._own if exptype == Role.SCIENCE)
        if not self._science:
            problem = f"{collection.source} has none of its science exposures; name the pool of its program"
            raise UsageError(f"{association.file_name}: {problem}")
        self._alike = self._made_of_the_same()
        self._peers = self._same_optics()

    def suggestions(self) -> list[Suggestion]:
        return [*self._fitting(), *self._foreign()]

    def _numbered(self, keys: Iterable[str]) -> set[int]:
        return {number for key in keys if (number := self._number(key)) is not None}

    def _number(self, key: str) -> int | None:
        return next(reversed(self._collection.lookup.exposures_of(key)), None)

    def _made_of_the_same(self) -> list[AssociationRecord]:
        """Return the associations of the graph that share science exposures, those that share the most first."""
        shared: dict[int, int] = {}
        for number, record in enumerate(self._collection.associations):
            science = {member.exposure for member in record.members if member.exptype == Role.SCIENCE}
            common = len(science & self._science)
            # Associations that share only one misplaced exposure must not count.
            enough = self._level == 2 or 2 * common > len(self._science)
            if common and enough and record.level == self._level and self._same_type(record):
                shared[number] = common
        order = sorted(shared, key=lambda number: (-shared[number], number))
        return [self._collection.associations[number] for number in order]

    def _same_type(self, record: AssociationRecord) -> bool:
        own = str(self._association.get("asn_type"))
        return own in (record.asn_type, "None", "none")

    def _same_optics(self) -> list[int]:
        """Return the science exposures with the target and the optical elements of most of its science exposures."""
        if self._level != 3 or self._collection.graph is None:
            return []
        times: Counter[int] = Counter()
        lookup = self._collection.exposures
        places = {name: number for number, name in enumerate(lookup)}
        for number in self._science:
            found = related(self._collection, lookup[number], "same_optics")
            times.update({places[each.exposure] for each in found} | {number})
        role = self._collection.graph.decision.facts["role"]
        return sorted(n for n, count in times.items() if 2 * count > len(self._science) and role[n] == Role.SCIENCE)

    def _fitting(self) -> Iterator[Suggestion]:
        offered: dict[tuple[str, str], list[str]] = {}
        for record in self._alike:
            for member in record.members:
                key = (_key(member.expname), member.exptype)
                if key not in self._own and not self._is_science(member):
                    offered.setdefault((member.expname, member.exptype), []).append(record.name)
        for (expname, exptype), names in offered.items():
            yield Suggestion(FITS, expname, exptype, (self._reason(exptype, names),))
        for number in self._peers:
            name = self._collection.exposures[number]
            root = exposure_root(name)
            if root not in self._keys and not any(_key(expname) == root for expname, _ in offered):
                reason = "same target and optical elements; no candidate has them together"
                yield Suggestion(FITS, self._as_combined(number, root), "science", (reason,))

    def _is_science(self, member: MemberRecord) -> bool:
        """Return whether an exposure is the science of another stage-2 association."""
        return self._level == 2 and member.exptype == Role.SCIENCE

    def _reason(self, exptype: str, names: Sequence[str]) -> str:
        record = next(each for each in self._alike if each.name == names[0])
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        relation = relation_of(exptype, exptype, "")
        return f"{relation} its science, in {record.name} ({record.rule}, candidate {record.candidate}){more}"

    def _as_combined(self, number: int, root: str) -> str:
        """Return the name that an exposure would have as a science member."""
        for record in self._collection.of_exposure.get(number, []):
            for member in record.roles(number):
                if record.level == 3 and member.exptype == Role.SCIENCE:
                    return member.expname
        like = next(m["expname"] for m in self._association.members if role_of(m["exptype"]) == Role.SCIENCE)
        return f"{root}_{parse(like).suffix or 'cal'}.fits"

    def _foreign(self) -> Iterator[Suggestion]:
        placed = {(_key(member.expname), member.exptype) for record in self._alike for member in record.members}
        roles: dict[str, set[str]] = {}
        for key, exptype in placed:
            roles.setdefault(key, set()).add(exptype)
        majority = self._majority()
        for member in self._association.members:
            key, exptype = _key(member["expname"]), role_of(member["exptype"])
            number = self._number(key)
            if exptype == Role.SCIENCE and number is not None and (number in majority or number in self._peers):
                continue
            if (key, exptype) in placed and exptype != Role.SCIENCE:
                continue
            reasons = self._against(key, exptype, number, roles.get(key, set()))
            if reasons:
                yield Suggestion(FOREIGN, member["expname"], exptype, reasons)

    def _majority(self) -> set[int]:
        """Return the science exposures of the most similar association of the graph."""
        if not self._alike:
            return set()
        return {member.exposure for member in self._alike[0].members if member.exptype == Role.SCIENCE}

    def _against(self, key: str, exptype: str, number: int | None, roles: set[str]) -> tuple[str, ...]:
        if number is None:
            made = {product for record in self._collection.associations for product in record.products}
            return () if key in made else (f"it is not in {self._collection.source}",)
        others = sorted(roles - {"science"}) if exptype == Role.SCIENCE else sorted(roles)
        if others:
            return (f"{self._alike[0].rule} has it as {' and '.join(others)} here, and not as {exptype}",)
        if not self._alike:
            return ("the graph has no association of this type with these science exposures",)
        answer = why_not(self._collection, self._collection.exposures[number], self._alike[0].name)
        if answer.member:
            return (f"it is a member of {answer.association}, but not as {exptype}",)
        return tuple(reason.text for reason in answer.reasons)


def _key(expname: str) -> str:
    return exposure_root(expname).lower()
