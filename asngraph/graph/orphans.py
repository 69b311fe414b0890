"""Exposures that are in no association, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from asngraph.engine.explanation import explain
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.derived_columns import Facts
from asngraph.rules.bindings import Condition, OneOf, Same, Unmet
from asngraph.rules.rule import Rule, RuleSet, all_conditions, fields_of

# Columns that say what kind of observation was planned: nobody would change these to get an exposure associated.
_KINDS = frozenset({"visitype", "patttype", "dms_note"})


class Nearest(NamedTuple):
    """The rule that comes closest to accepting an exposure, and its unmet conditions.

    Parameters
    ----------
    rule : Rule
        The rule.
    unmet : tuple of Unmet
        The conditions that the exposure does not meet; empty if it meets all.
    """

    rule: Rule
    unmet: tuple[Unmet, ...]

    @property
    def of_other_type(self) -> bool:
        """Whether the rule is for another type of exposure, and therefore close only by chance."""
        return any(each.field == "exp_type" for each in self.unmet)

    @property
    def distance(self) -> tuple[int, ...]:
        """The sort key of closeness: rules for another type or kind of observation are the farthest."""
        kinds = sum(each.field in _KINDS for each in self.unmet)
        return self.of_other_type, kinds, len(self.unmet)


class Orphan(NamedTuple):
    """An exposure that is in no association.

    Parameters
    ----------
    exposure : int
        Its row in the pool.
    reason : str
        Why it is in no association.
    nearest : Nearest, optional
        The rule that comes closest to accepting it, if rules are the reason.
    """

    exposure: int
    reason: str
    nearest: Nearest | None = None


def orphans(graph: AssociationGraph) -> list[Orphan]:
    """Return the exposures that are in no association, with the reasons.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    list of Orphan
        In the order of the pool.
    """
    decision = graph.decision
    invalid: dict[int, str] = {}
    for each in decision.aside:
        if each.duplicate_of is None:
            text = f"{each.draft.rule.name} ({each.draft.candidate.id}) would take it, but {each.reason}"
            for member in each.draft.members:
                invalid.setdefault(member.exposure, text)
    files, excluded = graph.pool["filename"], graph.request.excluded
    nearest_rules = _NearestRules(graph)
    found = []
    for row in unused(graph):
        left_out = excluded.get(files[row])
        if left_out is not None:
            found.append(Orphan(row, f"left out: {left_out}"))
        elif row in invalid:
            found.append(Orphan(row, invalid[row]))
        else:
            nearest = nearest_rules.of(row)
            found.append(Orphan(row, _reason(nearest, decision.facts, row), nearest))
    return found


def unused(graph: AssociationGraph) -> list[int]:
    """Return the rows of the exposures that are in no association.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    list of int
        In the order of the pool.
    """
    used = {exposure for made in graph.decision.made for exposure in made.exposures}
    part = graph.request.part
    rows = range(len(graph.pool)) if part is None else np.flatnonzero(part).tolist()
    return sorted(set(rows) - used)


def nearest_rule(facts: Facts, rules: RuleSet, row: int) -> Nearest | None:
    """Return the rule with the fewest conditions that an exposure does not meet.

    Parameters
    ----------
    facts : Facts
        The columns of the pool, and those derived from them.
    rules : RuleSet
        The rules.
    row : int
        The row of the exposure.

    Returns
    -------
    Nearest or None
        None if no rule makes associations.
    """
    made = [rule for rule in rules if not rule.hands_on]
    return _nearest_of(facts, made, _of_its_type(facts, made, row), row)


def _of_its_type(facts: Facts, made: Sequence[Rule], row: int) -> list[Rule]:
    return [rule for rule in made if not _is_of_other_type(rule, facts, row)]


def _nearest_of(facts: Facts, made: Sequence[Rule], of_its_type: Sequence[Rule], row: int) -> Nearest | None:
    nearest = _nearest(facts, of_its_type, row)
    # A rule for another type is nearer only than others of that sort.
    return _nearest(facts, made, row) if nearest is None or nearest.of_other_type else nearest


def _is_of_other_type(rule: Rule, facts: Facts, row: int) -> bool:
    """Return whether a rule requires another type in whatever way an exposure enters, as far as it is quick to see."""

    def of_other_type(conditions: Sequence[Condition]) -> bool:
        types = (some for some in conditions if isinstance(some, OneOf) and some.field == "exp_type")
        return any(some.unmet(facts, row) for some in types)

    return of_other_type((*rule.base, *rule.conditions)) or all(of_other_type(some.conditions) for some in rule.entries)


def _nearest(facts: Facts, rules: Sequence[Rule], row: int) -> Nearest | None:
    nearest: Nearest | None = None
    for rule in rules:
        unmet = min((entry.unmet for entry in explain(rule, facts, row)), key=len)
        found = Nearest(rule, tuple(unmet))
        if not unmet:
            return found
        if nearest is None or found.distance < nearest.distance:
            nearest = found
    return nearest


class _NearestRules:
    """Finder of nearest rules; exposures with the same values in all columns that rules use share one result."""

    def __init__(self, graph: AssociationGraph) -> None:
        self._facts = graph.decision.facts
        self._made = [rule for rule in graph.rules if not rule.hands_on]
        self._of_type: dict[str, list[Rule]] = {}
        by_value, by_definedness = _columns_used(graph.rules)
        known = [self._facts[name] for name in sorted(by_value)]
        there = [self._facts[name] for name in sorted(by_definedness)]
        codes = [column.codes for column in known] + [np.where(each.defined, -1, each.codes) for each in there]
        self._keys = np.stack(codes, axis=1) if codes else np.zeros((len(graph.pool), 0), dtype=int)
        self._known: dict[bytes, Nearest | None] = {}

    def of(self, row: int) -> Nearest | None:
        key = self._keys[row].tobytes()
        if key not in self._known:
            type_ = self._facts["exp_type"][row]
            if type_ not in self._of_type:
                self._of_type[type_] = _of_its_type(self._facts, self._made, row)
            self._known[key] = _nearest_of(self._facts, self._made, self._of_type[type_], row)
        return self._known[key]


def _columns_used(rules: RuleSet) -> tuple[set[str], set[str]]:
    """Return the columns whose values matter for the first exposure, and those that only have to be defined."""
    by_value: set[str] = set()
    by_definedness: set[str] = set()
    for condition in (each for rule in rules for each in all_conditions(rule)):
        if isinstance(condition, Same):
            by_definedness.update(condition.fields)
            by_value |= fields_of(condition.waived) if condition.waived is not None else set()
        else:
            by_value |= fields_of(condition)
    derived = {"exptype", "direct_candidate"}
    return by_value - derived, by_definedness - by_value - derived


def _reason(nearest: Nearest | None, facts: Facts, row: int) -> str:
    if nearest is None:
        return "the rule set has no rules that make associations"
    if not nearest.unmet:
        return "the rules that accept it process none of its candidates"
    if nearest.of_other_type:
        return f"no rule is for exp_type {facts['exp_type'][row]}, pntgtype {facts['pntgtype'][row]}"
    unmet = "; ".join(f"requires {condition.needed}, it has {condition.value}" for condition in nearest.unmet[:2])
    return f"no rule accepts it; {nearest.rule.name} {unmet}"
