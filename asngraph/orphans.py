"""Exposures that are in no association, and why."""

from __future__ import annotations

from typing import NamedTuple

from asngraph.columns import Column
from asngraph.conditions import Unmet
from asngraph.engine.explaining import explain
from asngraph.facts import Facts
from asngraph.graph import AssociationGraph
from asngraph.rulecheck import all_conditions, fields_of
from asngraph.rules import Rule, RuleSet

# What an observation is planned as, and nobody would change for an exposure to enter an association.
_KINDS = frozenset({"visitype", "patttype", "dms_note"})


class Orphan(NamedTuple):
    """An exposure that is in no association.

    Parameters
    ----------
    exposure : int
        Its row in the pool.
    reason : str
        Why.
    """

    exposure: int
    reason: str


def orphans(graph: AssociationGraph, rules: RuleSet) -> list[Orphan]:
    """Find the exposures that are in no association, each with the reason.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    rules : RuleSet
        The rules that made it.

    Returns
    -------
    list of Orphan
        In the order of the pool.
    """
    decision = graph.decision
    invalid: dict[int, str] = {}
    for each in decision.aside:
        if each.duplicate_of is None:
            text = f"{each.subgraph.rule.name} ({each.subgraph.candidate.id}) would take it, but {each.reason}"
            for member in each.subgraph.members:
                invalid.setdefault(member.exposure, text)
    files, excluded = graph.pool["filename"], graph.request.excluded
    reasons = _Reasons(graph, rules)
    found = []
    for row in unused(graph):
        left_out = excluded.get(files[row])
        reason = f"left out: {left_out}" if left_out is not None else invalid.get(row) or reasons.of(row)
        found.append(Orphan(row, reason))
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


class _Reasons:
    """Says why no rule takes an exposure; of exposures that are alike to all rules, once."""

    def __init__(self, graph: AssociationGraph, rules: RuleSet) -> None:
        self._facts, self._rules = graph.decision.facts, rules
        names = sorted({name for rule in rules for each in all_conditions(rule) for name in fields_of(each)})
        self._columns: list[Column] = [
            self._facts[name] for name in names if name not in ("exptype", "direct_candidate")
        ]
        self._known: dict[tuple[int, ...], str] = {}

    def of(self, row: int) -> str:
        key = tuple(int(column.codes[row]) for column in self._columns)
        if key not in self._known:
            self._known[key] = self._reason(row)
        return self._known[key]

    def _reason(self, row: int) -> str:
        nearest = nearest_rule(self._facts, self._rules, row)
        if nearest is None:
            return "there is no rule"
        if not nearest.unmet:
            return "no candidate of it is worked by the rules that could take it"
        if nearest.of_other_type:
            return f"no rule is for exp_type {self._facts['exp_type'][row]}, pntgtype {self._facts['pntgtype'][row]}"
        told = "; ".join(f"{each.needed} is asked, it has {each.value}" for each in nearest.unmet[:2])
        return f"no rule takes it; for {nearest.rule.name}, {told}"
