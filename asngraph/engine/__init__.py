"""The engine: from a pool, by way of facts, edges and subgraphs, to associations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from asngraph.candidates import DISCOVERY, Candidate, CandidateColumn
from asngraph.engine.completion import complete
from asngraph.engine.edges import derive_edges
from asngraph.engine.pruning import SetAside, prune
from asngraph.engine.selection import Selection, direct_candidates
from asngraph.engine.subgraphs import Subgraph, extract
from asngraph.facts import Facts
from asngraph.pool import Pool
from asngraph.rules import Rule, RuleSet


@dataclass(slots=True)
class Decision:
    """What the engine decided.

    Attributes
    ----------
    facts : Facts
        What is known of each exposure.
    kept : list of Subgraph
        The associations, in the order in which they are numbered; level 2 before level 3.
    aside : list of SetAside
        What was set aside, and why.
    missing : tuple of str
        Candidate ids that were asked for and that the pool does not have.
    """

    facts: Facts
    kept: list[Subgraph] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    missing: tuple[str, ...] = ()


def decide(pool: Pool, rules: RuleSet, ids: Sequence[str] | None, *, candidates: bool, discover: bool) -> Decision:
    """Decide which exposures belong together.

    Parameters
    ----------
    pool : Pool
        The exposures.
    rules : RuleSet
        The rules.
    ids : sequence of str, optional
        The ids of the candidates to work.
    candidates : bool
        Whether to work all candidates, when none are named.
    discover : bool
        Whether to look for associations in the whole pool.
    """
    column = CandidateColumn(pool["asn_candidate"])
    wanted, missing = column.named(ids) if ids is not None else (column.all if candidates else (), ())
    worked = [*([DISCOVERY] if discover else []), *wanted]
    facts = Facts(pool)
    decision = Decision(facts, missing=missing)
    if not worked:
        return decision
    rows, which = column.expand(worked)
    direct = direct_candidates(worked, column.column.values, column.column.codes[rows], which)
    selection = Selection(rows, which, direct)
    for level in (2, 3):
        made = _make([rule for rule in rules if rule.level == level], rules, facts, selection, worked, decision.aside)
        kept, aside = prune(made)
        decision.kept += kept
        decision.aside += aside
    return decision


def _make(
    rules: Sequence[Rule],
    all_rules: RuleSet,
    facts: Facts,
    selection: Selection,
    candidates: Sequence[Candidate],
    aside: list[SetAside],
) -> list[Subgraph]:
    """Apply rules, and return what they make in the order in which it was started."""
    handed_on = np.zeros(len(facts.pool), dtype=bool)
    for rule in all_rules:
        if rule.hands_on:
            for condition in rule.conditions:
                handed_on |= condition.mask(facts)  # type: ignore[union-attr]
    started: list[tuple[int, int, int, list[Subgraph]]] = []
    for number, rule in enumerate(rules):
        served = np.array([rule.serves(candidate.type) for candidate in candidates], dtype=bool)
        if rule.hands_on or not served.any():
            continue
        edges = derive_edges(rule, facts, selection, served, handed_on)
        if edges is None:
            continue
        for subgraph in extract(rule, edges, facts, candidates):
            made, reason = complete(subgraph, facts)
            if reason:
                aside.append(SetAside(subgraph, reason))
            else:
                started.append((edges.candidate[subgraph.group], subgraph.start, number, made))
    started.sort(key=lambda entry: entry[:3])
    return [subgraph for *_, made in started for subgraph in made]
