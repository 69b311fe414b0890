"""Which exposures a rule can take at all, and which of them can never meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from asngraph.model.candidate import Candidate
from asngraph.model.column import Codes, Mask
from asngraph.model.roles import Role
from asngraph.rules.bindings import Condition, Either, Facts, Lacks, Predicate, Same
from asngraph.rules.rule import Rule


class Selection(NamedTuple):
    """Exposures by candidate: what rules are applied to.

    Parameters
    ----------
    rows : array of int32
        The exposures, by candidate and then in the order of the pool.
    which : array of int32
        The number of the candidate of each.
    direct : array of int32
        The number of the direct_image candidate that is all that the exposure has, -1 elsewhere.
    types : tuple of str
        The type of each candidate.
    """

    rows: Codes
    which: Codes
    direct: Codes
    types: tuple[str, ...]

    def take(self, mask: Mask) -> Selection:
        """Return the part that a mask marks."""
        return Selection(self.rows[mask], self.which[mask], self.direct[mask], self.types)

    def in_candidates_of(self, type_: str) -> Mask:
        """Mark the exposures whose candidate is of a type."""
        of_type = np.array([each == type_ for each in self.types], dtype=bool)
        marked: Mask = of_type[self.which]
        return marked


def necessary(conditions: Sequence[Condition], facts: Facts) -> Mask:
    """Mark the exposures that meet of some conditions what can be told of each exposure alone.

    Parameters
    ----------
    conditions : sequence of Condition
        Conditions, all of which are to be met.
    facts : mapping of str to Column
        What is known of each exposure.

    Returns
    -------
    array of bool, one for each exposure
    """
    result = np.ones(len(facts["filename"]), dtype=bool)
    for condition in conditions:
        if isinstance(condition, Predicate):
            result &= condition.mask(facts)
        elif isinstance(condition, Either):
            result &= np.logical_or.reduce([necessary(way, facts) for way in condition.ways])
        elif isinstance(condition, Lacks) and len(np.unique(facts[condition.field].keys)) < 3:
            # With one value at the most there is none that could be refused while another is not.
            result &= ~facts[condition.field].defined
        elif isinstance(condition, Same) and not condition.optional and "direct_candidate" not in condition.fields:
            found = np.logical_or.reduce([facts[name].defined for name in condition.fields])
            result &= found if condition.waived is None else found | condition.waived.mask(facts)
    return result


def could_enter(rule: Rule, facts: Facts) -> Mask:
    """Mark the exposures that a rule may take by its conditions and one of its entries."""
    by_entry: Mask = np.logical_or.reduce([necessary(entry.conditions, facts) for entry in rule.entries])
    return by_entry & necessary((*rule.base, *rule.conditions), facts)


def could_accompany(rule: Rule, facts: Facts) -> Mask:
    """Mark the target acquisitions that may join a rule's associations for their observation alone."""
    if not rule.acquisitions:
        return np.zeros(len(facts["filename"]), dtype=bool)
    acquisition = facts["role"].where(lambda text: text == Role.TARGET_ACQUISITION)
    return acquisition & facts["obs_num"].defined & necessary(rule.base, facts)


def partition(
    conditions: Sequence[Condition], keys_of: Callable[[Same], list[Codes]], which: Codes, among: Mask
) -> npt.NDArray[np.int64]:
    """Divide the exposures into parts, so that those of different parts never join the same association.

    Where every exposure of a part has a value that the rule binds, the part falls apart by that value. What only some
    of them have, or are asked for, does not divide.

    Parameters
    ----------
    conditions : sequence of Condition
        The conditions that all exposures go through, in order.
    keys_of : callable
        Gives the numbers of the values that a binding looks at (`Matcher.same_keys`).
    which : array of int32
        The candidate of each exposure; those of different candidates never meet.
    among : array of bool
        The exposures that count; the others get -1.

    Returns
    -------
    array of int
        The number of each exposure's part.
    """
    part = which.astype(np.int64)
    for condition in conditions:
        if isinstance(condition, Same):
            part = _divided(part, keys_of(condition), among)
        elif isinstance(condition, Either):
            # Only where no exposure has the earlier ways is the last one sure to be taken.
            *earlier, last = condition.ways
            closed = among
            for way in earlier:
                lacking = np.logical_and.reduce([keys < 0 for keys in keys_of(way[0])])  # type: ignore[arg-type]
                closed = closed & ~_in_parts_of(part, among & ~lacking)
            part = _divided(part, keys_of(last[0]), closed)  # type: ignore[arg-type]
    part[~among] = -1
    return part


def _divided(part: npt.NDArray[np.int64], sources: list[Codes], among: Mask) -> npt.NDArray[np.int64]:
    """Divide the parts in which every exposure has a value in the first source that any of them has."""
    for keys in sources:
        lacking = keys < 0
        some, all_ = _in_parts_of(part, among & ~lacking), ~_in_parts_of(part, among & lacking)
        divided = among & some & all_
        span = int(keys.max(initial=0)) + 1
        if divided.any() and span > 1:
            _, part = np.unique(part * (span + 1) + np.where(divided, keys + 1, 0), return_inverse=True)
        among = among & ~some
    return part


def _in_parts_of(part: npt.NDArray[np.int64], mask: Mask) -> Mask:
    """Mark all exposures of the parts in which a mask marks one."""
    marked = np.zeros(int(part.max(initial=0)) + 1, dtype=bool)
    marked[part[mask]] = True
    found: Mask = marked[part]
    return found


def direct_candidates(candidates: Sequence[Candidate], texts: Sequence[str], codes: Codes, which: Codes) -> Codes:
    """Tell which exposures are worked as parallels with a direct image.

    In a direct_image candidate all are; in discovery those are that have one such candidate and no other.

    Parameters
    ----------
    candidates : sequence of Candidate
        The candidates.
    texts : sequence of str
        The different texts of the pool's ``asn_candidate``.
    codes : array of int32
        For each exposure by candidate, which text it has.
    which : array of int32
        For each, the number of its candidate.

    Returns
    -------
    array of int32
        A number for each different direct_image candidate, -1 elsewhere.
    """
    import re

    alone = re.compile(r"\[\('c\d{4}', 'direct_image'\)\]")
    of_candidate = np.array([n if alone.fullmatch(c.text) else -1 for n, c in enumerate(candidates)], dtype=np.int32)
    of_text = np.array([n if alone.fullmatch(text) else -1 for n, text in enumerate(texts)], dtype=np.int32)
    discovered = np.array([candidate.discovered for candidate in candidates], dtype=bool)
    return np.where(discovered[which], of_text[codes], of_candidate[which]).astype(np.int32)
