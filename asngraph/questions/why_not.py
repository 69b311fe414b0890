"""Explain why an exposure is not in an association, or in none of a rule, and what would have to change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from asngraph.engine.completion import drop_reason
from asngraph.engine.decide import decide
from asngraph.engine.draft import Draft
from asngraph.engine.explanation import explain, group_members
from asngraph.engine.result import DecidedAssociation
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.candidate import Candidate, CandidateColumn, with_candidate
from asngraph.model.pool import changed
from asngraph.model.roles import Role
from asngraph.questions.collection import AssociationCollection
from asngraph.questions.counterfactual import Cells, Remedies
from asngraph.questions.sources import Source, collect
from asngraph.rules.bindings import AloneIn, OnlyScience, Predicate, Unmet
from asngraph.rules.rule import Rule, RuleSet

# The maximum number of repetitions of changing cells and making the associations again.
_ROUNDS = 6
# The maximum numbers of entries to follow, and of associations of a rule among which the closest is searched.
_MOST_ENTRIES, _MOST_PARTS = 4, 50


class Change(NamedTuple):
    """Change of a cell of the exposure.

    Parameters
    ----------
    column : str
        The column.
    value : str
        The present value.
    to : str
        The required value.
    """

    column: str
    value: str
    to: str


@dataclass(frozen=True)
class Reason:
    """Reason why an exposure is not a member.

    Parameters
    ----------
    kind : str
        ``member`` (it is a member), ``excluded``, ``candidate``, ``condition``, ``binding``, ``taken`` (the only place
        is occupied), ``dropped`` (it joined, and was removed when the association was completed), ``duplicate``,
        ``invalid``, or ``order`` (it came too early or too late in the pool).
    text : str
        The reason in words.
    field : str
        For conditions and bindings: the column.
    value : str
        For conditions and bindings: the value of the exposure.
    needed : str
        For conditions and bindings: the requirement.
    bound_by : str
        The exposure that bound the required value, if one did.
    changes : tuple of Change
        The changes of cells that would remove this reason, if any can.
    """

    kind: str
    text: str
    field: str = ""
    value: str = ""
    needed: str = ""
    bound_by: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Explanation of why an exposure is not in an association.

    Parameters
    ----------
    exposure : str
        The exposure.
    association : str
        The association; empty if the question was about a rule.
    rule : str
        The rule.
    entry : str
        The entry of the rule by which it could join most easily, in words.
    member : bool
        Whether it is in fact a member.
    reasons : tuple of Reason
        The reasons; at least one.
    changes : tuple of Change
        All changes of cells that it would need.
    outcome : str
        The result of these changes, found by making the associations again.
    """

    exposure: str
    association: str
    rule: str
    entry: str
    member: bool
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...] = ()
    outcome: str = ""

    @property
    def hopeless(self) -> bool:
        """Whether there is a reason that no change of the exposure's cells can remove."""
        return not all(reason.changes for reason in self.reasons)


def why_not(
    source: Source,
    exposure: str,
    association: str | None = None,
    *,
    rule: str | None = None,
    follow: bool = True,
    rules: RuleSet | None = None,
) -> Refused:
    """Return why an exposure is not in an association, or in none that a rule makes.

    Each condition is checked against the association as it is; then the cells in question are changed, and the
    associations are made again to find the outcome.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`; for association files, their pool must be in or above
        the folder.
    exposure : str
        The exposure.
    association : str, optional
        The association; give either this or a rule.
    rule : str, optional
        The rule's name, with or without ``Asn_``.
    follow : bool
        Whether to make the associations again with the cells changed; otherwise only reasons are returned.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    Refused

    Raises
    ------
    UsageError
        When the exposure, association or rule is unknown, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> answer = why_not(pool, pool["filename"][1], "jw03201-o001_image2_00001")
    >>> [(change.column, change.to) for change in answer.changes]
    [('detector', 'nrca4'), ('bkgdtarg', 't')]
    """
    if (association is None) == (rule is None):
        raise UsageError("name either an association or a rule")
    collection = collect(source, rules)
    graph = collection.with_pool()
    if graph is not collection.graph:
        collection = collect(graph)
    inquiry = _Inquiry(graph, collection.rules, collection.exposure(exposure))
    if association is not None:
        made = collection.association(association).made
        assert made is not None
        answers = inquiry.about(made)
        return inquiry.followed(answers, made) if follow else answers[0]
    answers = inquiry.about_rule(_rule(collection, rule or ""))
    return inquiry.followed(answers, None) if follow else answers[0]


def _rule(collection: AssociationCollection, name: str) -> Rule:
    found = collection.rules.named(name)
    if found is not None and not found.hands_on:
        return found
    problem = f"unknown rule {name}" if found is None else f"the rule {name} makes no associations"
    raise UsageError(f"{problem}; {collection.rules.near(name)}")


def _new_candidate(rule: Rule, known: Collection[str]) -> Candidate:
    """Return a new candidate of a type that a rule serves."""
    type_ = rule.candidates[0] if rule.candidates else "observation"
    letter, first = ("o", 1) if type_ == "observation" else ("c", 1000)
    free = (f"{letter}{number:03d}" for number in count(first))
    return Candidate(next(each for each in free if each not in known), type_)


def _ease(answer: Refused) -> tuple[bool, int, int]:
    """Return the sort key of answers: those that need only changes of cells first, then those that need few."""
    cells = {change for reason in answer.reasons for change in reason.changes}
    return answer.hopeless, len(cells), len(answer.reasons)


def _ease_of_all(answers: list[Refused]) -> tuple[bool, int, int]:
    return _ease(answers[0])


class _Inquiry:
    """Inquiry about one exposure in one graph."""

    def __init__(self, graph: AssociationGraph, rules: RuleSet, row: int, settled: Collection[str] = ()) -> None:
        self._graph, self._rules, self._row, self._settled = graph, rules, row, settled
        self._facts, self._names = graph.decision.facts, graph.exposure_names
        self._name = self._names[row]

    # --- Reasons --------------------------------------------------------------------------------------------------

    def about(self, made: DecidedAssociation) -> list[Refused]:
        """Return why it is not in an association: one answer for each entry of the rule, the easiest first."""
        answer = Refused(self._name, made.name, made.draft.rule.name, "", False, ())
        if roles := self._roles([made]):
            return [replace(answer, member=True, reasons=(Reason("member", f"it is in {made.name}, as {roles}"),))]
        if left_out := self._left_out():
            return [replace(answer, reasons=left_out)]
        return min((self._about_part(answer, part) for part in made.merged), key=_ease_of_all)

    def about_rule(self, rule: Rule) -> list[Refused]:
        """Return why it is in no association of a rule."""
        answer = Refused(self._name, "", rule.name, "", False, ())
        of_rule = [made for made in self._graph.decision.made if any(part.rule is rule for part in made.merged)]
        if roles := self._roles(of_rule):
            within = ", ".join(made.name for made in of_rule if self._roles([made]))
            return [replace(answer, member=True, reasons=(Reason("member", f"it is in {within}, as {roles}"),))]
        if reasons := self._left_out() or self._aside(rule):
            return [replace(answer, reasons=reasons)]
        parts = [part for made in of_rule for part in made.merged if part.rule is rule][:_MOST_PARTS]
        dropped = next((part for part in parts if self._joined(part)), None)
        if dropped is not None:
            return self._about_part(answer, dropped)
        alone = self._by_entry(answer, rule, None, self._not_served(rule))
        acquires = rule.acquisitions and self._facts["role"][self._row] == Role.TARGET_ACQUISITION
        if parts and (acquires or alone[0].reasons[0].kind == "order"):
            return min((self._about_part(answer, part) for part in parts), key=_ease_of_all)
        return alone

    def _roles(self, some: Iterable[DecidedAssociation]) -> str:
        """Return its roles in associations, including those of a product that represents it."""
        members = (member for made in some for product in made.products for member in product.members)
        roles = [member.exptype for member in members if member.exposure == self._row]
        behind = (member for made in some for part in made.merged for member in part.replaced)
        roles += [f"{each.exptype} (through its stage-3 image)" for each in behind if each.exposure == self._row]
        return " and ".join(dict.fromkeys(roles))

    def _left_out(self) -> tuple[Reason, ...]:
        why = self._graph.request.excluded.get(self._graph.pool["filename"][self._row])
        return () if why is None else (Reason("excluded", f"it is left out of all associations: {why}"),)

    def _aside(self, rule: Rule) -> tuple[Reason, ...]:
        """Return the reasons from associations of a rule that contained it and were set aside."""
        decision, found = self._graph.decision, []
        for each in decision.aside:
            part = each.draft
            if part.rule is not rule or self._row not in [m.exposure for m in (*part.members, *part.replaced)]:
                continue
            number = len(part.members)
            members = f"{number} member{'s' if number != 1 else ''}"
            what = f"an association of {members} for candidate {part.candidate.id} ({part.candidate.type})"
            kept = decision.kept_for(each.duplicate_of)
            if kept is not None:
                text = f"it was in {what}, set aside in favour of {kept.name}, since it {each.reason}"
                found.append(Reason("duplicate", text, bound_by=kept.name))
            else:
                found.append(Reason("invalid", f"it was in {what}, which is not valid: it {each.reason}"))
        return tuple(found)

    def _joined(self, part: Draft) -> bool:
        return any(row == self._row for row, _ in group_members(part))

    def _about_part(self, answer: Refused, part: Draft) -> list[Refused]:
        if self._joined(part):
            return [replace(answer, reasons=(self._dropped(part),))]
        return self._by_entry(answer, part.rule, part, self._not_in_candidate(part))

    def _by_entry(self, answer: Refused, rule: Rule, part: Draft | None, first: tuple[Reason, ...]) -> list[Refused]:
        """Return an answer for each entry of a rule, the easiest first."""
        remedies = Remedies(rule, self._facts, self._row, part, self._rules.facts, self._settled)
        found = []
        for explained in explain(rule, self._facts, self._row, part):
            reasons = [*first]
            for refusal, remedy in zip(explained.refusals, remedies.of(explained), strict=True):
                kind = "condition" if isinstance(refusal.condition, Predicate) else "binding"
                kind = "taken" if isinstance(refusal.condition, OnlyScience | AloneIn) else kind
                changes = self._changes(remedy.cells)
                reasons += [self._reason(kind, unmet, changes) for unmet in remedy.resolved]
            stated = tuple(reasons) or (self._order(answer.association or rule.name),)
            found.append(replace(answer, entry=explained.entry, reasons=stated))
        return sorted(found, key=_ease)

    def _reason(self, kind: str, unmet: Unmet, changes: tuple[Change, ...]) -> Reason:
        binder = "" if unmet.bound_by is None else self._names[unmet.bound_by]
        text = f"{unmet.needed}; it has {unmet.field} {unmet.value}" + (f" (bound by {binder})" if binder else "")
        return Reason(kind, text, unmet.field, unmet.value, unmet.needed, binder, changes)

    def _changes(self, cells: Cells) -> tuple[Change, ...]:
        return tuple(Change(column, self._facts[column][self._row], to) for column, to in cells.items())

    def _not_in_candidate(self, part: Draft) -> tuple[Reason, ...]:
        candidate, column = part.candidate, self._facts["asn_candidate"]
        rows, _ = CandidateColumn(column).expand([candidate])
        if self._row in rows:
            return ()
        needed = f"asn_candidate has {candidate.id} ({candidate.type}), for which the association was made"
        unmet = Unmet("asn_candidate", column[self._row], needed, part.start)
        cells = {"asn_candidate": with_candidate(column[self._row], candidate)}
        return (self._reason("candidate", unmet, self._changes(cells)),)

    def _not_served(self, rule: Rule) -> tuple[Reason, ...]:
        """Return the reason if the rule serves none of the exposure's candidates that were processed."""
        worked = self._graph.decision.candidates
        column = self._facts["asn_candidate"]
        rows, which = CandidateColumn(column).expand(worked)
        own = [worked[number] for number in which[rows == self._row].tolist()]
        if any(rule.serves(candidate.type) for candidate in own):
            return ()
        types = " or ".join(rule.candidates) or f"any type but {' or '.join(rule.not_candidates)}"
        needed = f"a candidate of type {types}, for which the rule makes associations"
        known = (each for each in worked if rule.serves(each.type) and not each.discovered)
        other = next(known, _new_candidate(rule, {each.id for each in worked}))
        cells = {"asn_candidate": with_candidate(column[self._row], other)}
        return (self._reason("candidate", Unmet("asn_candidate", column[self._row], needed), self._changes(cells)),)

    def _dropped(self, part: Draft) -> Reason:
        text, other, cells = drop_reason(part, self._row, self._facts)
        binder = self._names[other]
        return Reason("dropped", f"it joined, and was removed: {text} ({binder})", bound_by=binder,
                      changes=self._changes(cells))  # fmt: skip

    def _order(self, where: str) -> Reason:
        return Reason(
            "order",
            f"it meets every condition of {where} as it is when complete, but not as it was when row {self._row + 1} "
            "of the pool was tried; exposures are tried in the order of the pool",
        )

    # --- Outcome --------------------------------------------------------------------------------------------------

    def followed(self, answers: list[Refused], made: DecidedAssociation | None) -> Refused:
        """Return the first answer whose changes make it a member; otherwise the first, with its outcome."""
        followed = []
        for answer in answers[:_MOST_ENTRIES]:
            done, member = self._follow(answer, made)
            if member:
                return done
            followed.append(done)
        return followed[0]

    def _follow(self, answer: Refused, made: DecidedAssociation | None) -> tuple[Refused, bool]:
        """Make the associations again with the changes of an answer, repeatedly, and return it with the outcome."""
        cells: Cells = {}
        latest = answer
        for _ in range(_ROUNDS):
            fresh = {change.column: change.to for reason in latest.reasons for change in reason.changes}
            if not fresh or latest.hopeless or fresh.items() <= cells.items():
                break
            cells |= fresh
            inquiry, target = self._with(cells, made)
            rule = next(each for each in self._rules if each.name == answer.rule)
            answers = inquiry.about_rule(rule) if target is None else inquiry.about(target)
            latest = next((each for each in answers if each.entry == answer.entry), answers[0])
        if latest is answer:
            return answer, answer.member
        changes = self._changes({c: v for c, v in cells.items() if v != self._facts[c][self._row]})
        outcome = "; ".join(dict.fromkeys(reason.text for reason in latest.reasons))
        return replace(answer, changes=changes, outcome=outcome), latest.member

    def _with(self, cells: Cells, made: DecidedAssociation | None) -> tuple[_Inquiry, DecidedAssociation | None]:
        """Make the associations of the changed pool, and return the inquiry and the counterpart of an association."""
        pool = changed(self._graph.pool, {(self._row, column): value for column, value in cells.items()})
        graph = AssociationGraph(pool, decide(pool, self._rules, self._graph.request), self._graph.request)
        inquiry = _Inquiry(graph, self._rules, self._row, settled=cells)
        return inquiry, None if made is None else _descendant(graph, made, self._row)


def _descendant(graph: AssociationGraph, made: DecidedAssociation, row: int) -> DecidedAssociation | None:
    """Return the association with the anchor, candidate and rule of an association of another graph."""
    found = [
        each
        for each in graph.decision.made
        for part in each.merged
        if part.rule.name == made.draft.rule.name
        and part.candidate == made.draft.candidate
        and made.draft.anchor in _rows(part)
    ]
    with_row = [each for each in found if any(row in _rows(part) for part in each.merged)]
    with_anchor = [each for each in found if any(part.anchor == made.draft.anchor for part in each.merged)]
    return next(iter((*with_row, *with_anchor, *found)), None)


def _rows(part: Draft) -> Iterator[int]:
    return (member.exposure for member in (*part.members, *part.replaced))
