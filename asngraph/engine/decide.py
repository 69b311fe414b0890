"""Deciding: from a pool to its associations, by way of columns, groups and drafts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asngraph.engine.completion import complete, invalid, leave
from asngraph.engine.draft import Draft, extract
from asngraph.engine.duplicates import prune, without_found_again
from asngraph.engine.grouping import derive_edges
from asngraph.engine.numbering import merge_level2, name, name_duplicates, number, number_by_creation
from asngraph.engine.result import Decision, Request, SetAside
from asngraph.engine.selection import Selection, direct_candidates
from asngraph.model.candidate import DISCOVERY, Candidate, CandidateColumn
from asngraph.model.column import Mask
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.rules.bindings import Predicate
from asngraph.rules.rule import RuleSet


def decide(pool: Pool, rules: RuleSet, request: Request) -> Decision:
    """Return the associations of a pool, by the rules.

    Parameters
    ----------
    pool : Pool
        The exposures.
    rules : RuleSet
        The rules.
    request : Request
        The candidates to work, and how.

    Returns
    -------
    Decision
        The associations, and what was set aside.

    Notes
    -----
    Each rule is applied to all candidates together: O(n + m) in the exposures by candidate and the members, for each
    rule (`asngraph.engine.grouping.derive_edges`).
    """
    facts = Facts(pool, rules.facts)
    used = np.flatnonzero(~pool["filename"].where(request.excluded.__contains__))
    column = CandidateColumn(pool["asn_candidate"], used)
    wanted, missing = _wanted(column, request)
    worked = [*([DISCOVERY] if request.discover else []), *(wanted or _beside_discovery(column, request))]
    decision = Decision(facts, rules, tuple(worked), missing=missing)
    if not worked:
        return decision
    rows, which = column.expand(worked)
    if request.part is not None:
        rows, which = rows[request.part[rows]], which[request.part[rows]]
    direct = direct_candidates(worked, pool["asn_candidate"].values, pool["asn_candidate"].codes[rows], which)
    selection = Selection(rows, which, direct, tuple(candidate.type for candidate in worked))
    for level in (2, 3):
        _decide_level(level, rules, selection, request, decision)
    if request.merge:
        decision.made = merge_level2(decision.made)
    decision.made = [association for association in decision.made if association.valid]
    if request.with_backgrounds and request.ids is not None:
        asked = request.ids
        decision.made = [
            association for association in decision.made if any(id_ in association.draft.candidate.id for id_ in asked)
        ]
    return decision


def _wanted(column: CandidateColumn, request: Request) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the candidates to work, and the requested ids that the pool does not have."""
    if request.ids is None:
        return (column.all if request.all_candidates else ()), ()
    beside = column.beside(request.ids, "background") if request.with_backgrounds else ()
    return column.named([*request.ids, *(candidate.id for candidate in beside)])


def _beside_discovery(column: CandidateColumn, request: Request) -> tuple[Candidate, ...]:
    """Return the candidates to work only because discovery leaves out their associations."""
    if request.ids is not None or not request.discover:
        return ()
    return tuple(candidate for candidate in column.all if candidate.like_discovery)


def _decide_level(level: int, rules: RuleSet, selection: Selection, request: Request, decision: Decision) -> None:
    started = _start(level, rules, selection, request, decision)
    if request.discover:
        started, again = without_found_again(started)
        decision.aside += again
        if not request.all_candidates and request.ids is None:
            started = [draft for draft in started if draft.candidate.discovered]
    if request.by_creation:
        number_by_creation(started, level, request)
    if request.finalize:
        _finalize(started, request, decision)
        return
    for draft in started:
        reason = invalid(draft)
        if reason:
            decision.aside.append(SetAside(draft, reason))
        made = name(leave(draft), request)
        made.valid = not reason
        decision.made.append(made)


def _finalize(started: list[Draft], request: Request, decision: Decision) -> None:
    """Complete associations, set duplicates aside, and number the others."""
    completed: list[Draft] = []
    for draft in started:
        associations, reason = complete(draft, decision.facts)
        completed += associations
        if reason:
            decision.aside.append(SetAside(draft, reason))
    kept, aside = prune(completed)
    decision.aside += aside
    duplicates = name_duplicates(aside, request, decision.made) if request.keep_duplicates else []
    number(kept)
    decision.made += [name(draft, request) for draft in kept] + duplicates


def _start(level: int, rules: RuleSet, selection: Selection, request: Request, decision: Decision) -> list[Draft]:
    """Return the groups that the rules of a stage make, in the order in which they were started."""
    last_list = handed_on(rules, decision.facts)
    candidates: Sequence[Candidate] = decision.candidates
    started: list[tuple[int, int, int, Draft]] = []
    for place, rule in enumerate(rules):
        served = np.array([rule.serves(candidate.type) or request.by_creation for candidate in candidates], dtype=bool)
        if rule.level != level or rule.hands_on or not served.any():
            continue
        edges = derive_edges(rule, decision.facts, selection, served, last_list)
        if edges is not None:
            found = extract(rule, edges, decision.facts, candidates)
            started += [(edges.candidate[draft.group], draft.start, place, draft) for draft in found]
    started.sort(key=lambda entry: entry[:3])
    return [draft for *_, draft in started]


def handed_on(rules: RuleSet, facts: Facts) -> Mask:
    """Mark the exposures that every rule tries again at the end.

    Parameters
    ----------
    rules : RuleSet
        The rules, of which those with ``hands_on`` name the exposures.
    facts : Facts
        The columns of the exposures.
    """
    marked = np.zeros(len(facts.pool), dtype=bool)
    for rule in rules:
        if rule.hands_on:
            masks = [condition.mask(facts) for condition in rule.conditions if isinstance(condition, Predicate)]
            marked |= np.logical_and.reduce(masks)
    return marked
