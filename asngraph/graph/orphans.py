"""Exposures that are in no association, and why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from asngraph.engine.explanation import explain
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.derived_columns import Facts
from asngraph.rules.bindings import Same, Unmet
from asngraph.rules.rule import Rule, RuleSet, all_conditions, fields_of

# What an observation is planned as, and nobody would change for an exposure to enter an association.
_KINDS = frozenset({"visitype", "patttype", "dms_note"})


class Nearest(NamedTuple):
    """The rule that comes nearest to taking an exposure, and what is in the way.

    Parameters
    ----------
    rule : Rule
        The rule.
    unmet : tuple of Unmet
        What it asks and the exposure has not; nothing, where it would take the exposure.
    """

    rule: Rule
    unmet: tuple[Unmet, ...]

    @property
    def of_other_type(self) -> bool:
        """Whether it is for another type of exposure, so that it is near by chance alone."""
        return any(each.field == "exp_type" for each in self.unmet)

    @property
    def distance(self) -> tuple[int, ...]:
        """How far it is from taking the exposure: one for another kind of observation is no near miss."""
        kinds = sum(each.field in _KINDS for each in self.unmet)
        return self.of_other_type, kinds, len(self.unmet)


class Orphan(NamedTuple):
    """An exposure that is in no association.

    Parameters
    ----------
    exposure : int
        Its row in the pool.
    reason : str
        Why.
    nearest : Nearest, optional
        The rule that comes nearest to taking it, where rules are the reason.
    """

    exposure: int
    reason: str
    nearest: Nearest | None = None


def orphans(graph: AssociationGraph) -> list[Orphan]:
    """Find the exposures that are in no association, each with the reason.

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
    """Find the exposures that are in no association, by their rows in the pool.

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
    return sorted(set(range(len(graph.pool))) - used)


def nearest_rule(facts: Facts, rules: RuleSet, row: int) -> Nearest | None:
    """Find the rule that asks least of an exposure that it has not.

    Parameters
    ----------
    facts : Facts
        What is known of each exposure.
    rules : RuleSet
        The rules.
    row : int
        The exposure.

    Returns
    -------
    Nearest or None
        None where there is no rule that makes associations of its own.
    """
    nearest: Nearest | None = None
    for rule in rules:
        if rule.hands_on:
            continue
        unmet = min((way.unmet for way in explain(rule, facts, row)), key=len)
        found = Nearest(rule, tuple(unmet))
        if not unmet:
            return found
        if nearest is None or found.distance < nearest.distance:
            nearest = found
    return nearest


class _NearestRules:
    """Finds the nearest rule; of exposures that are alike to all rules, once."""

    def __init__(self, graph: AssociationGraph) -> None:
        self._facts, self._rules = graph.decision.facts, graph.rules
        by_value, by_being_there = _looked_at(self._rules)
        known = [self._facts[name] for name in sorted(by_value)]
        there = [self._facts[name] for name in sorted(by_being_there)]
        codes = [column.codes for column in known] + [np.where(each.defined, -1, each.codes) for each in there]
        self._keys = np.stack(codes, axis=1) if codes else np.zeros((len(graph.pool), 0), dtype=int)
        self._known: dict[bytes, Nearest | None] = {}

    def of(self, row: int) -> Nearest | None:
        key = self._keys[row].tobytes()
        if key not in self._known:
            self._known[key] = nearest_rule(self._facts, self._rules, row)
        return self._known[key]


def _looked_at(rules: RuleSet) -> tuple[set[str], set[str]]:
    """Name the columns whose values matter before there is an association, and those that only have to be there."""
    by_value: set[str] = set()
    by_being_there: set[str] = set()
    for condition in (each for rule in rules for each in all_conditions(rule)):
        if isinstance(condition, Same):
            by_being_there.update(condition.fields)
            by_value |= fields_of(condition.waived) if condition.waived is not None else set()
        else:
            by_value |= fields_of(condition)
    derived = {"exptype", "direct_candidate"}
    return by_value - derived, by_being_there - by_value - derived


def _reason(nearest: Nearest | None, facts: Facts, row: int) -> str:
    if nearest is None:
        return "there is no rule"
    if not nearest.unmet:
        return "no candidate of it is worked by the rules that could take it"
    if nearest.of_other_type:
        return f"no rule is for exp_type {facts['exp_type'][row]}, pntgtype {facts['pntgtype'][row]}"
    told = "; ".join(f"{each.needed} is asked, it has {each.value}" for each in nearest.unmet[:2])
    return f"no rule takes it; for {nearest.rule.name}, {told}"
