"""Why an exposure is not in an association, or in none of a rule, and what would have to be otherwise."""

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

# How often what is still in the way is looked for, after cells have been changed.
_ROUNDS = 6
# How many ways are followed so, and how many associations of a rule are looked at for the one that is nearest.
_MOST_WAYS, _MOST_PARTS = 4, 50


class Change(NamedTuple):
    """A cell of the exposure, and what it would have to be.

    Parameters
    ----------
    column : str
        The column.
    value : str
        What is there.
    to : str
        What would have to be there.
    """

    column: str
    value: str
    to: str


@dataclass(frozen=True)
class Reason:
    """One thing that keeps an exposure out.

    Parameters
    ----------
    kind : str
        ``member`` (it is in), ``excluded``, ``candidate``, ``condition``, ``binding``, ``taken`` (the one place is),
        ``dropped`` (it joined, and was left out when the association was completed), ``duplicate``, ``invalid``, or
        ``order`` (it came at the wrong time).
    text : str
        The reason in words.
    field, value, needed : str
        For conditions and bindings: the column or fact, what the exposure has, and what is needed.
    bound_by : str
        The exposure that bound what is needed, if one did.
    changes : tuple of Change
        The cells that would do away with this reason, if cells can.
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
    """Why an exposure is not where somebody looked for it.

    Parameters
    ----------
    exposure : str
        The exposure.
    association : str
        The association; empty when only a rule was asked about.
    rule : str
        The rule.
    entry : str
        The way by which it would come in most easily, in words.
    member : bool
        Whether it is a member after all.
    reasons : tuple of Reason
        What keeps it out; at least one.
    changes : tuple of Change
        All cells that would have to be otherwise.
    outcome : str
        What comes of these changes, found by making the associations again.
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
        """Whether there is a reason that no cell of the exposure can do away with."""
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
    """Say why an exposure is not in an association, or in none that a rule makes.

    Conditions are read one by one against the association as it is; then the cells that are named are changed, the
    associations are made again, and what comes of it is told.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        What is asked (`asngraph.questions.collect`); of a folder of association files, the pool must be at hand.
    exposure : str
        The exposure.
    association : str, optional
        The association; this or a rule.
    rule : str, optional
        The rule's name, with or without ``Asn_``.
    follow : bool
        Whether to make the associations again with the cells changed; without, there are reasons only.
    rules : RuleSet, optional
        The rules, as `asngraph.questions.collect` takes them.

    Returns
    -------
    Refused

    Raises
    ------
    UsageError
        When there is no exposure, association or rule of the name, with suggestions.

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
    asking = _Asking(graph, collection.rules, collection.exposure(exposure))
    if association is not None:
        made = collection.association(association).made
        assert made is not None
        answers = asking.about(made)
        return asking.followed(answers, made) if follow else answers[0]
    answers = asking.about_rule(_rule(collection, rule or ""))
    return asking.followed(answers, None) if follow else answers[0]


def _rule(collection: AssociationCollection, name: str) -> Rule:
    found = collection.rules.named(name)
    if found is not None and not found.hands_on:
        return found
    raise UsageError(f"there is no rule {name} that makes associations; {collection.rules.near(name)}")


def _new_candidate(rule: Rule, known: Collection[str]) -> Candidate:
    """Make up a candidate of a type that a rule serves."""
    type_ = rule.candidates[0] if rule.candidates else "observation"
    letter, first = ("o", 1) if type_ == "observation" else ("c", 1000)
    free = (f"{letter}{number:03d}" for number in count(first))
    return Candidate(next(each for each in free if each not in known), type_)


def _ease(answer: Refused) -> tuple[bool, int, int]:
    """Order answers: those first that ask only for cells, and then for few."""
    cells = {change for reason in answer.reasons for change in reason.changes}
    return answer.hopeless, len(cells), len(answer.reasons)


def _ease_of_all(answers: list[Refused]) -> tuple[bool, int, int]:
    return _ease(answers[0])


class _Asking:
    """One exposure, asked about in one graph."""

    def __init__(self, graph: AssociationGraph, rules: RuleSet, row: int, settled: Collection[str] = ()) -> None:
        self._graph, self._rules, self._row, self._settled = graph, rules, row, settled
        self._facts, self._names = graph.decision.facts, graph.exposure_names
        self._name = self._names[row]

    # --- What keeps it out ----------------------------------------------------------------------------------------

    def about(self, made: DecidedAssociation) -> list[Refused]:
        """Say what keeps it out of an association: by each way in which it might come in, the easiest first."""
        answer = Refused(self._name, made.name, made.draft.rule.name, "", False, ())
        if roles := self._roles([made]):
            return [replace(answer, member=True, reasons=(Reason("member", f"it is in {made.name}, as {roles}"),))]
        if left_out := self._left_out():
            return [replace(answer, reasons=left_out)]
        return min((self._about_part(answer, part) for part in made.merged), key=_ease_of_all)

    def about_rule(self, rule: Rule) -> list[Refused]:
        """Say what keeps it out of every association of a rule."""
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
        alone = self._ways(answer, rule, None, self._not_served(rule))
        acquires = rule.acquisitions and self._facts["role"][self._row] == Role.TARGET_ACQUISITION
        if parts and (acquires or alone[0].reasons[0].kind == "order"):
            return min((self._about_part(answer, part) for part in parts), key=_ease_of_all)
        return alone

    def _roles(self, some: Iterable[DecidedAssociation]) -> str:
        """Name the roles in which it is in associations; by a product of its, too."""
        members = (member for made in some for product in made.products for member in product.members)
        roles = [member.exptype for member in members if member.exposure == self._row]
        behind = (member for made in some for part in made.merged for member in part.replaced)
        roles += [f"{each.exptype} (by its level-3 image)" for each in behind if each.exposure == self._row]
        return " and ".join(dict.fromkeys(roles))

    def _left_out(self) -> tuple[Reason, ...]:
        why = self._graph.request.excluded.get(self._graph.pool["filename"][self._row])
        return () if why is None else (Reason("excluded", f"it is left out of all associations: {why}"),)

    def _aside(self, rule: Rule) -> tuple[Reason, ...]:
        """Find associations of a rule that had it and were not kept."""
        decision, found = self._graph.decision, []
        for each in decision.aside:
            part = each.draft
            if part.rule is not rule or self._row not in [m.exposure for m in (*part.members, *part.replaced)]:
                continue
            what = f"an association of {len(part.members)} for candidate {part.candidate.id} ({part.candidate.type})"
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
        return self._ways(answer, part.rule, part, self._not_in_candidate(part))

    def _ways(self, answer: Refused, rule: Rule, part: Draft | None, first: tuple[Reason, ...]) -> list[Refused]:
        """Say what is in each way, the easiest first."""
        remedies = Remedies(rule, self._facts, self._row, part, self._rules.facts, self._settled)
        found = []
        for way in explain(rule, self._facts, self._row, part):
            reasons = [*first]
            for refusal, remedy in zip(way.refusals, remedies.of(way), strict=True):
                kind = "condition" if isinstance(refusal.condition, Predicate) else "binding"
                kind = "taken" if isinstance(refusal.condition, OnlyScience | AloneIn) else kind
                changes = self._changes(remedy.cells)
                reasons += [self._reason(kind, unmet, changes) for unmet in remedy.told]
            told = tuple(reasons) or (self._order(answer.association or rule.name),)
            found.append(replace(answer, entry=way.entry, reasons=told))
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
        """Tell whether none of the candidates for which it is worked is of a type that the rule serves."""
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
        return Reason("dropped", f"it joined, and was left out: {text} ({binder})", bound_by=binder,
                      changes=self._changes(cells))  # fmt: skip

    def _order(self, where: str) -> Reason:
        return Reason(
            "order",
            f"it meets every condition of {where} as that is in the end, but not as it was when row {self._row + 1} of "
            "the pool was tried; exposures are tried in the order of the pool",
        )

    # --- What would come of it ------------------------------------------------------------------------------------

    def followed(self, answers: list[Refused], made: DecidedAssociation | None) -> Refused:
        """Change the cells that each answer names until it is a member; return the first of which that comes."""
        followed = []
        for answer in answers[:_MOST_WAYS]:
            done, member = self._follow(answer, made)
            if member:
                return done
            followed.append(done)
        return followed[0]

    def _follow(self, answer: Refused, made: DecidedAssociation | None) -> tuple[Refused, bool]:
        """Change the cells that an answer names, make the associations again, and go on with what is then said."""
        cells: Cells = {}
        latest = answer
        for _ in range(_ROUNDS):
            fresh = {change.column: change.to for reason in latest.reasons for change in reason.changes}
            if not fresh or latest.hopeless or fresh.items() <= cells.items():
                break
            cells |= fresh
            asking, target = self._with(cells, made)
            rule = next(each for each in self._rules if each.name == answer.rule)
            answers = asking.about_rule(rule) if target is None else asking.about(target)
            latest = next((each for each in answers if each.entry == answer.entry), answers[0])
        if latest is answer:
            return answer, answer.member
        changes = self._changes({c: v for c, v in cells.items() if v != self._facts[c][self._row]})
        outcome = "; ".join(dict.fromkeys(reason.text for reason in latest.reasons))
        return replace(answer, changes=changes, outcome=outcome), latest.member

    def _with(self, cells: Cells, made: DecidedAssociation | None) -> tuple[_Asking, DecidedAssociation | None]:
        """Make the associations of the changed pool, and find what has become of one of them."""
        # Levels are decided apart.
        pool = changed(self._graph.pool, {(self._row, column): value for column, value in cells.items()})
        graph = AssociationGraph(pool, decide(pool, self._rules, self._graph.request), self._graph.request)
        asking = _Asking(graph, self._rules, self._row, settled=cells)
        return asking, None if made is None else _descendant(graph, made, self._row)


def _descendant(graph: AssociationGraph, made: DecidedAssociation, row: int) -> DecidedAssociation | None:
    """Find the association that has the anchor of one of another graph, for the same candidate and by the same rule."""
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
