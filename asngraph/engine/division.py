"""Division of a pool into parts whose associations can be made independently.

Two exposures are *connected* when a rule can put them into one association, or when what becomes of one's associations
can depend on the other's. The parts are unions of connected components, so that working them one by one makes the
associations of the whole pool; only the numbers of associations go over all parts.

Why: the ordered pass of a rule (`asngraph.engine.grouping`) tries an exposure only against the groups of its own part
(`asngraph.engine.selection.partition`), and, for an acquisition, those with exposures of its observation that meet the
same base conditions. Here the same partition is made with all candidates as one. It is coarser: a value divides a set
of exposures only if all of them have it, and then it divides each subset. The result of the pass for one part does not
depend on other parts, except for the order of its last two retry lists, which is that of the first exposures of the
candidate: a pool in which it matters is not divided. After the pass, associations are compared that have equal members
(then exposures of the same root) or equal products; the latter are compared over all parts by the caller
(`asngraph.execution.divided`). To make that rare, the exposures of one program and instrument remain together, unless
that leaves the parts unequal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from asngraph.engine.decide import handed_on
from asngraph.engine.selection import NO_PART, accompanying, direct_candidates, eligible, partition
from asngraph.model.candidate import DISCOVERY, CandidateColumn
from asngraph.model.column import UNDEFINED, Codes, Column, Integers, Mask
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import product_root, with_suffix
from asngraph.rules.bindings import OnlyScience, Retry, Same
from asngraph.rules.rule import Rule, RuleSet, all_conditions

# The largest part may have so many times its share of the exposures; otherwise programs and instruments are divided.
_UNEQUAL = 1.25


def divide(facts: Facts, rules: RuleSet, parts: int) -> list[Mask]:
    """Return the parts of a pool, as masks of its exposures.

    Parameters
    ----------
    facts : Facts
        The columns of the exposures.
    rules : RuleSet
        The rules.
    parts : int
        The number of parts to make.

    Returns
    -------
    list of array of bool
        At most `parts`; each exposure is in one. Empty where the pool cannot be divided.

    Notes
    -----
    O(n) for each rule, times the steps from exposure to exposure within a component.
    """
    connections = _connections(facts, rules)
    if connections is None:
        return []
    connections.append(
        _numbered(product_root(with_suffix(name, "rate").rpartition("/")[2]) for name in facts["filename"])
    )
    label = _components(connections, len(facts.pool))
    together = _pairs(facts["program"].codes, facts["instrume"].codes)
    shared = _balanced(_components([label, together], len(label)), parts)
    if not shared or max(part.sum() for part in shared) * parts > _UNEQUAL * len(label):
        shared = _balanced(label, parts)
    return shared


def _connections(facts: Facts, rules: RuleSet) -> list[Integers] | None:
    """Return partitions of the exposures that can meet, one or two for each rule; None where all can."""
    tried_last = handed_on(rules, facts)
    direct = _direct_keys(facts)
    found: list[Integers] = []
    for rule in (rule for rule in rules if not rule.hands_on):
        columns = facts.for_roles(rule.roles)
        can_join = eligible(rule, columns)
        if _needs_direct_candidate(rule):
            can_join &= direct != UNDEFINED
        if not can_join.any() or _is_solitary(rule, columns, can_join):
            continue
        wanted = can_join | accompanying(rule, columns)
        if _retries_late(rule) and (wanted & tried_last).any():
            return None
        rows = np.flatnonzero(wanted)
        keys = _Keys(columns, direct, rows)
        part = partition((*rule.base, *rule.conditions), keys, np.zeros(len(rows), dtype=np.int32), can_join[rows])
        found.append(_spread(part, rows, len(wanted)))
        if rule.acquisitions:
            base = partition(rule.base, keys, np.zeros(len(rows), dtype=np.int32), np.ones(len(rows), dtype=bool))
            observation = columns["obs_num"].keys[rows]
            both = np.where(observation == UNDEFINED, NO_PART, _pairs(base, observation))
            found.append(_spread(both, rows, len(wanted)))
    return found


class _Keys:
    """The numbers of the values that a binding compares, as `asngraph.engine.matching.Matcher.same_keys`."""

    def __init__(self, columns: Mapping[str, Column], direct: Codes, rows: Integers) -> None:
        self._columns, self._direct, self._rows = columns, direct, rows

    def __call__(self, condition: Same) -> list[Codes]:
        fields = condition.fields
        keys = [self._direct if name == "direct_candidate" else self._columns[name].keys for name in fields]
        if condition.waived is not None:
            waived = condition.waived.mask(self._columns)
            keys = [np.where(waived, np.int32(UNDEFINED), codes).astype(np.int32) for codes in keys]
        return [codes[self._rows] for codes in keys]


def _direct_keys(facts: Facts) -> Codes:
    """Return 0 for exposures that are in a direct_image candidate only, in any way; the key divides nothing."""
    column = facts.pool["asn_candidate"]
    candidates = [DISCOVERY, *CandidateColumn(column).all]
    rows, which = CandidateColumn(column).expand(candidates)
    direct = direct_candidates(candidates, column.values, column.codes[rows], which)
    keys = np.full(len(column), UNDEFINED, dtype=np.int32)
    keys[rows[direct != UNDEFINED]] = 0
    return keys


def _needs_direct_candidate(rule: Rule) -> bool:
    """Return whether a rule refuses every exposure without a direct_image candidate, which `eligible` does not know."""
    return not rule.acquisitions and any(
        isinstance(condition, Same)
        and condition.fields == ("direct_candidate",)
        and not condition.optional
        and condition.waived is None
        for condition in (*rule.base, *rule.conditions)
    )


def _is_solitary(rule: Rule, columns: Mapping[str, Column], can_join: Mask) -> bool:
    """Return whether no association of a rule has a second exposure: the first is science and excludes all others."""
    science = columns["exptype"].where(lambda text: text == "science")
    return (
        not rule.acquisitions
        and bool(science[can_join].all())
        and all(
            not entry.exptype and any(isinstance(condition, OnlyScience) for condition in entry.conditions)
            for entry in rule.entries
        )
    )


def _retries_late(rule: Rule) -> bool:
    retries = [entry.retry for entry in rule.entries]
    retries += [condition.retry for condition in all_conditions(rule) if isinstance(condition, Same)]
    return Retry.LATE in retries


def _numbered(texts: Iterator[str]) -> Integers:
    return Column.of(texts).codes


def _pairs(one: Integers, other: Integers) -> Integers:
    """Return a number for each different pair."""
    span = int(other.max(initial=0)) + 2
    pairs: Integers = one.astype(np.int64) * span + other + 1
    return pairs


def _spread(part: Integers, rows: Integers, length: int) -> Integers:
    """Return the parts of all exposures, `NO_PART` for those that are not among the rows."""
    whole = np.full(length, NO_PART, dtype=np.int64)
    whole[rows] = part
    return whole


def _components(partitions: list[Integers], length: int) -> Integers:
    """Return for each exposure the number of its component: those of one part of any partition are connected."""
    compact = []
    for part in partitions:
        rows = np.flatnonzero(part >= 0)
        _, numbers = np.unique(part[rows], return_inverse=True)
        compact.append((rows, numbers))
    label = np.arange(length)
    while True:
        before = label.copy()
        for rows, numbers in compact:
            lowest = np.full(int(numbers.max(initial=-1)) + 1, length)
            np.minimum.at(lowest, numbers, label[rows])
            label[rows] = lowest[numbers]
        label = label[label]
        if np.array_equal(label, before):
            return label


def _balanced(label: Integers, parts: int) -> list[Mask]:
    """Return at most so many parts of about equal size: the largest component first, each to the smallest part."""
    numbers, of_row, counts = np.unique(label, return_inverse=True, return_counts=True)
    sizes = np.zeros(parts, dtype=np.int64)
    part_of = np.zeros(len(numbers), dtype=np.int64)
    for component in np.argsort(-counts, kind="stable").tolist():
        part = int(sizes.argmin())
        part_of[component] = part
        sizes[part] += counts[component]
    masks = [part_of[of_row] == part for part in range(parts) if sizes[part]]
    return masks if len(masks) > 1 else []
