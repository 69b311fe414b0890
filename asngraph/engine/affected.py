"""Affected exposures: those whose associations a change of some exposures can touch."""

from __future__ import annotations

import numpy as np

from asngraph.engine.decide import handed_on
from asngraph.engine.result import Request
from asngraph.engine.selection import Selection, accompanying, direct_candidates, eligible, partition
from asngraph.model.candidate import DISCOVERY, CandidateColumn
from asngraph.model.column import UNDEFINED, Codes, Column, Integers, Mask
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import product_root
from asngraph.model.pool import Pool
from asngraph.rules.bindings import Lacks, Retry, Same
from asngraph.rules.rule import Rule, RuleSet, all_conditions

# The value of a binding that is waived, for `partition`: negative, as undefined values are.
_WAIVED = -3


def single_valued(pool: Pool, rules: RuleSet) -> dict[str, bool]:
    """Return, for each column that rules require to be undefined, whether it has at most one value.

    That depends on the whole pool and decides which exposures are eligible (`asngraph.engine.selection.necessary`).

    Parameters
    ----------
    pool : Pool
        The exposures.
    rules : RuleSet
        The rules.
    """
    conditions = (condition for rule in rules for condition in all_conditions(rule))
    fields = sorted({condition.field for condition in conditions if isinstance(condition, Lacks)})
    facts = Facts(pool, rules.facts)
    return {name: len(np.unique(facts[name].keys)) < 3 for name in fields}


def reached(pool: Pool, rules: RuleSet, request: Request, seeds: Mask) -> Mask:
    """Mark the exposures whose associations can depend on some exposures, and those themselves.

    Two exposures can affect each other's associations if they share

    - the root of their file names, or a candidate;
    - in discovery, for any rule, a part of the exposures (`asngraph.engine.selection.partition`), or an observation
      of which the rule takes target acquisitions;
    - in discovery, a rule whose retry lists can be in another order for some exposures than for all.

    What can depend on an exposure are the exposures that are connected with it, directly or by way of others.

    Parameters
    ----------
    pool : Pool
        The exposures; those that are gone too, so that what depended on them is found.
    rules : RuleSet
        The rules.
    request : Request
        The candidates to work, and how.
    seeds : array of bool
        The exposures that are new, gone or changed.

    Returns
    -------
    array of bool

    Notes
    -----
    O(n log n) in the exposures, for each rule that discovery applies, and O(n) for each step of the connection.
    """
    facts = Facts(pool, rules.facts)
    used = np.flatnonzero(~pool["filename"].where(request.excluded.__contains__))
    classes = _Classes()
    files = pool["filename"]
    roots = Column.of(product_root(name.rpartition("/")[2]) for name in files.values)
    classes.add(np.arange(len(pool)), roots.codes[files.codes])
    column = CandidateColumn(pool["asn_candidate"], used)
    if column.all:
        classes.add(*column.expand(column.all))
    if request.discover and len(used):
        _add_discovery(classes, pool, facts, rules, used)
    return classes.connected(seeds)


class _Classes:
    """Classes of exposures that can affect each other."""

    def __init__(self) -> None:
        self._rows: list[Integers] = []
        self._numbers: list[Integers] = []
        self._count = 0

    def add(self, rows: Integers, numbers: Integers) -> None:
        """Add classes: for each row the number of its class."""
        if len(rows):
            self._rows.append(rows)
            self._numbers.append(numbers.astype(np.int64) + self._count)
            self._count += int(numbers.max()) + 1

    def connected(self, seeds: Mask) -> Mask:
        """Return the rows that are connected with some rows by way of classes."""
        rows, numbers = np.concatenate(self._rows), np.concatenate(self._numbers)
        marked = seeds.copy()
        while True:
            reached = np.zeros(self._count, dtype=bool)
            reached[numbers[marked[rows]]] = True
            after = marked.copy()
            after[rows[reached[numbers]]] = True
            if np.array_equal(after, marked):
                return marked
            marked = after


def _add_discovery(classes: _Classes, pool: Pool, facts: Facts, rules: RuleSet, used: Integers) -> None:
    last = handed_on(rules, facts)
    texts = pool["asn_candidate"]
    which = np.zeros(len(used), dtype=np.int32)
    direct = direct_candidates([DISCOVERY], texts.values, texts.codes[used], which)
    everyone = Selection(used.astype(np.int32), which, direct, (DISCOVERY.type,))
    for rule in rules:
        if rule.hands_on or not rule.serves(DISCOVERY.type):
            continue
        columns = facts.for_roles(rule.roles)
        can_join, joins_later = eligible(rule, columns), accompanying(rule, columns)
        own = everyone.take((can_join | joins_later)[everyone.rows])
        able = can_join[own.rows]
        for condition in (*rule.base, *rule.conditions):
            if isinstance(condition, Same) and not condition.optional:  # without a value an exposure is always refused
                able &= np.logical_or.reduce([keys != UNDEFINED for keys in _keys(condition, own, columns)])
        own, able = own.take(able | joins_later[own.rows]), able[able | joins_later[own.rows]]
        if not len(own.rows):
            continue

        def keys_of(condition: Same, own: Selection = own, columns=columns) -> list[Codes]:  # type: ignore[no-untyped-def]
            return _keys(condition, own, columns)

        parts = partition((*rule.base, *rule.conditions), keys_of, own.which, able)
        classes.add(own.rows[parts >= 0], parts[parts >= 0])
        if joins_later[own.rows].any():
            base = partition(rule.base, keys_of, own.which, np.ones(len(own.rows), dtype=bool))
            keys = columns["obs_num"].keys[own.rows].astype(np.int64)
            _, observations = np.unique(base * (int(keys.max()) + 2) + keys + 1, return_inverse=True)
            classes.add(own.rows, observations)
        if _in_doubt(rule, last[own.rows]):
            rows = np.union1d(own.rows, np.flatnonzero(last))
            classes.add(rows, np.zeros(len(rows), dtype=np.int64))


def _keys(condition: Same, own: Selection, columns) -> list[Codes]:  # type: ignore[no-untyped-def]
    """Return the number of the value that a binding compares for each exposure, negative where it has none."""
    sources = [own.direct if name == "direct_candidate" else columns[name].keys[own.rows] for name in condition.fields]
    if condition.waived is not None:
        waived = condition.waived.mask(columns)[own.rows]
        sources = [np.where(waived, np.int32(_WAIVED), keys).astype(np.int32) for keys in sources]
    return sources


def _in_doubt(rule: Rule, last: Mask) -> bool:
    """Return whether a rule has several retry lists, whose order depends on all exposures of the candidate."""
    lists = {entry.retry for entry in rule.entries}
    lists |= {condition.retry for condition in all_conditions(rule) if isinstance(condition, Same)}
    early = lists & {Retry.HANDED_ON, Retry.IMPRINTS}
    return len(early) > 1 or (Retry.LATE in lists and bool(last.any()))
