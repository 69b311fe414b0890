"""Conditions read as explanations: the conditions of a rule that keep an exposure out of an association.

The engine stops at the first condition that is not met; an explanation has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import NamedTuple

from asngraph.engine.draft import Draft
from asngraph.model.candidate import Candidate
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.roles import Role
from asngraph.rules.bindings import (
    AloneIn,
    Avoids,
    Binding,
    Condition,
    Defined,
    Either,
    Lacks,
    OnlyScience,
    Predicate,
    Same,
    Unmet,
)
from asngraph.rules.rule import Rule


class Refusal(NamedTuple):
    """A condition that is not met.

    Parameters
    ----------
    condition : Condition, optional
        The condition; None where a target acquisition is not of an observation that the association has.
    unmet : tuple of Unmet
        The parts of it that are not met.
    """

    condition: Condition | None
    unmet: tuple[Unmet, ...]


class EntryExplanation(NamedTuple):
    """An entry of a rule, with the conditions that keep an exposure from it.

    Parameters
    ----------
    entry : str
        The entry in words.
    refusals : tuple of Refusal
        The conditions that are not met; empty where the exposure may enter.
    """

    entry: str
    refusals: tuple[Refusal, ...]

    @property
    def unmet(self) -> list[Unmet]:
        """All parts that are not met."""
        return [unmet for refusal in self.refusals for unmet in refusal.unmet]


def explain(rule: Rule, facts: Facts, row: int, draft: Draft | None = None) -> list[EntryExplanation]:
    """Return, for each entry of a rule, the conditions that keep an exposure out.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : Facts
        The columns of the exposures.
    row : int
        The exposure.
    draft : Draft, optional
        The association that it would join, as it is in the end; by default only conditions on the exposure itself are
        explained.

    Returns
    -------
    list of EntryExplanation
        One for each of the rule's entries, and one for joining as a target acquisition where the exposure is one and
        the rule takes them.
    """
    reading = _Reading(rule, facts, row, draft)
    base = list(reading.refusals(rule.base))
    shared = [*base, *reading.refusals(rule.conditions)]
    ways = [EntryExplanation(entry.name, (*shared, *reading.refusals(entry.conditions))) for entry in rule.entries]
    if draft is not None and rule.acquisitions and facts["role"][row] == Role.TARGET_ACQUISITION:
        ways.append(EntryExplanation("a target acquisition of the same observation", (*base, *reading.observation())))
    return ways


class _Reading:
    def __init__(self, rule: Rule, facts: Facts, row: int, draft: Draft | None) -> None:
        self.facts: Mapping[str, Column] = facts.for_roles(rule.roles)
        self.row, self.draft = row, draft
        self.members = group_members(draft) if draft is not None else []

    def refusals(self, conditions: tuple[Condition, ...]) -> Iterator[Refusal]:
        for condition in conditions:
            unmet = _unmet(condition, self)
            if unmet:
                yield Refusal(condition, tuple(unmet))

    def observation(self) -> Iterator[Refusal]:
        observations = self.draft.collected("obs_num") if self.draft is not None else []
        own = self.facts["obs_num"][self.row]
        if own not in observations:
            needed = f"obs_num is {' or '.join(observations)}, of which the association has exposures"
            example = observations[0] if observations else None
            yield Refusal(None, (Unmet("obs_num", own, needed, self.having("obs_num", example), example),))

    def bound(self, slot: str) -> tuple[str, str] | None:
        if self.draft is None:
            return None
        return self.draft.edges.matcher.bound_field(self.draft.edges.state[self.draft.group], slot)

    def having(self, field: str, value: str | None) -> int | None:
        """Return the first exposure of the association that has a value."""
        return next((row for row, _ in self.members if self.facts[field][row] == value), None)


@singledispatch
def _unmet(condition: Condition, _reading: _Reading) -> list[Unmet]:
    if isinstance(condition, Binding):  # depends on the order of the pass, and is not known afterwards
        return []
    raise TypeError(f"unknown condition: {condition!r}")


@_unmet.register
def _(condition: Predicate, reading: _Reading) -> list[Unmet]:
    return condition.unmet(reading.facts, reading.row)


@_unmet.register
def _(condition: Same, reading: _Reading) -> list[Unmet]:
    if condition.waived is not None and not condition.waived.unmet(reading.facts, reading.row):
        return []
    bound = reading.bound(condition.slot)
    if bound is None:
        return _undefined(condition, reading)
    field, value = bound
    if field == "direct_candidate":
        return _parallel(reading)
    column = reading.facts[field]
    own = column[reading.row]
    if own == value or (condition.optional and not column.defined[reading.row]):
        return []
    binder = reading.having(field, value)
    return [Unmet(field, own, f"the same {field}, {value}", binder, value)]


def _undefined(condition: Same, reading: _Reading) -> list[Unmet]:
    if condition.optional or any(reading.facts[name].defined[reading.row] for name in condition.fields):
        return []
    name = condition.fields[0]
    needed = f"a defined {' or '.join(condition.fields)}"
    if name == "direct_candidate":
        own, example = reading.facts["asn_candidate"][reading.row], Candidate("c1000", "direct_image").text
        return [Unmet("asn_candidate", own, "a direct_image candidate and no other", example=example)]
    return [Unmet(name, reading.facts[name][reading.row], needed, example=Defined(name).example)]


def _parallel(reading: _Reading) -> list[Unmet]:
    """Return what keeps a parallel out in discovery: only the direct_image candidate of the others may be its own."""
    draft = reading.draft
    if draft is None or not draft.candidate.discovered:
        return []
    column = reading.facts["asn_candidate"]
    own, value = column[reading.row], column[draft.start]
    needed = f"the same candidate and no other, {value}"
    return [] if own == value else [Unmet("asn_candidate", own, needed, draft.start, value)]


@_unmet.register
def _(condition: Either, reading: _Reading) -> list[Unmet]:
    ways = [[unmet for part in way for unmet in _unmet(part, reading)] for way in condition.ways]
    for way, unmet in zip(condition.ways, ways, strict=True):
        if any(isinstance(part, Same) and reading.bound(part.slot) for part in way):
            return unmet
    return min(reversed(ways), key=len)


@_unmet.register
def _(_condition: OnlyScience, reading: _Reading) -> list[Unmet]:
    if reading.draft is None:
        return []
    science = next((row for row, exptype in reading.members if exptype == Role.SCIENCE), None)
    if science is None:
        return []
    own = reading.facts["exptype"][reading.row]
    return [Unmet("exptype", own, "the association to have no science exposure yet; it takes only one", science)]


@_unmet.register
def _(condition: Lacks, reading: _Reading) -> list[Unmet]:
    return Defined(condition.field).unmet(reading.facts, reading.row, wanted=False)


@_unmet.register
def _(condition: AloneIn, reading: _Reading) -> list[Unmet]:
    draft = reading.draft
    if draft is None or draft.candidate.type != condition.candidate_type:
        return []
    needed = f"a candidate of another type than {condition.candidate_type}, in which each exposure is alone"
    return [Unmet("asn_candidate", draft.candidate.text, needed, draft.start)]


@_unmet.register
def _(condition: Avoids, reading: _Reading) -> list[Unmet]:
    own, bound = reading.facts[condition.field][reading.row], reading.bound(condition.slot)
    if bound is None:
        return [Unmet(condition.field, own, f"an association that was begun at another {condition.field}")]
    if bound[1] not in own:
        return []
    needed = f"{condition.field} does not contain {bound[1]}"
    other = next((text for text in reading.facts[condition.field].values if bound[1] not in text), None)
    return [Unmet(condition.field, own, needed, reading.having(condition.field, bound[1]), other)]


def group_members(draft: Draft) -> list[tuple[int, str]]:
    """Return the exposures that joined an association, with their roles, before it was completed.

    Parameters
    ----------
    draft : Draft
        The association.

    Returns
    -------
    list of (int, str)
        In the order in which they joined.

    Notes
    -----
    O(m) in all edges of the rule.
    """
    edges = draft.edges
    return [
        (exposure, edges.exptypes[exptype])
        for group, exposure, exptype in zip(edges.group, edges.exposure, edges.exptype, strict=True)
        if group == draft.group
    ]
