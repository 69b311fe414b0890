"""Selection: the exposures that a rule can use, by candidate, and the parts of them that never meet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, NewType

import numpy as np
import numpy.typing as npt

from asngraph.model.candidate import Candidate
from asngraph.model.column import UNDEFINED, Codes, Mask
from asngraph.model.roles import Role
from asngraph.rules.bindings import Condition, Either, Facts, Lacks, Predicate, Same
from asngraph.rules.rule import Rule

# An exposure, by its row in the pool; a candidate, by its place among those that are worked; a part, by `partition`.
ExposureNumber = NewType("ExposureNumber", int)
CandidateNumber = NewType("CandidateNumber", int)
PartNumber = NewType("PartNumber", int)

# In place of a number: an exposure is in no part; it is not a parallel with a direct image.
NO_PART = -1
NO_DIRECT_CANDIDATE = UNDEFINED

_DIRECT_IMAGE_ONLY = re.compile(r"\[\('c\d{4}', 'direct_image'\)\]")


class Selection(NamedTuple):
    """Exposures by candidate.

    Parameters
    ----------
    rows : array of int32
        The exposures, by candidate and then in the order of the pool; one may be in several candidates.
    which : array of int32
        For each, the number of its candidate.
    direct : array of int32
        For each, the number of the direct_image candidate that is its only one, or `NO_DIRECT_CANDIDATE`.
    types : tuple of str
        The type of each candidate.
    """

    rows: Codes
    which: Codes
    direct: Codes
    types: tuple[str, ...]

    def take(self, mask: Mask) -> Selection:
        """Return the exposures that a mask marks."""
        return Selection(self.rows[mask], self.which[mask], self.direct[mask], self.types)

    def in_candidates_of(self, type_: str) -> Mask:
        """Mark the exposures whose candidate is of a type."""
        of_type = np.array([candidate_type == type_ for candidate_type in self.types], dtype=bool)
        marked: Mask = of_type[self.which]
        return marked


def necessary(conditions: Sequence[Condition], facts: Facts) -> Mask:
    """Mark the exposures that meet what conditions require of an exposure, whatever the association.

    Parameters
    ----------
    conditions : sequence of Condition
        Conditions, all of which are to be met.
    facts : mapping of str to Column
        The columns of the exposures.

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
        elif isinstance(condition, Lacks) and len(set(facts[condition.field].keys.tolist())) < 3:
            # With at most one value, a defined exposure is always refused. (np.unique would import numpy.ma.)
            result &= ~facts[condition.field].defined
        elif isinstance(condition, Same) and not condition.optional and "direct_candidate" not in condition.fields:
            found = np.logical_or.reduce([facts[name].defined for name in condition.fields])
            result &= found if condition.waived is None else found | condition.waived.mask(facts)
    return result


def eligible(rule: Rule, facts: Facts) -> Mask:
    """Mark the exposures that meet a rule's conditions and one of its entries, as far as `necessary` decides it.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : mapping of str to Column
        The columns of the exposures.
    """
    by_entry: Mask = np.logical_or.reduce([necessary(entry.conditions, facts) for entry in rule.entries])
    return by_entry & necessary((*rule.base, *rule.conditions), facts)


def accompanying(rule: Rule, facts: Facts) -> Mask:
    """Mark the target acquisitions that may join a rule's associations because of their observation.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : mapping of str to Column
        The columns of the exposures.
    """
    if not rule.acquisitions:
        return np.zeros(len(facts["filename"]), dtype=bool)
    acquisition = facts["role"].where(lambda text: text == Role.TARGET_ACQUISITION)
    return acquisition & facts["obs_num"].defined & necessary(rule.base, facts)


def partition(
    conditions: Sequence[Condition], keys_of: Callable[[Same], list[Codes]], which: Codes, among: Mask
) -> npt.NDArray[np.int64]:
    """Divide the exposures into parts, such that those of different parts never join the same association.

    A value that the rule binds divides a part if every exposure of the part has one. A value that is undefined or
    waived for some of them does not divide it.

    Parameters
    ----------
    conditions : sequence of Condition
        The conditions that all exposures go through, in order.
    keys_of : callable
        Returns the numbers of the values that a binding compares (`Matcher.same_keys`).
    which : array of int32
        The candidate of each exposure; those of different candidates never meet.
    among : array of bool
        The exposures to divide; the others get `NO_PART`.

    Returns
    -------
    array of int
        The number of each exposure's part.

    Notes
    -----
    O(n log n) for each binding.
    """
    part = which.astype(np.int64)
    for condition in conditions:
        if isinstance(condition, Same):
            part = _divided(part, keys_of(condition), among)
        elif isinstance(condition, Either):
            # The last way is certain to be taken only where no exposure of the part can take an earlier one.
            *earlier, last = condition.ways
            closed = among
            for way in earlier:
                closed = closed & ~_in_parts_of(part, among & ~_lacking(way, keys_of, among))
            for inner in last:
                if isinstance(inner, Same):
                    part = _divided(part, keys_of(inner), closed)
    part[~among] = NO_PART
    return part


def _lacking(way: Sequence[Condition], keys_of: Callable[[Same], list[Codes]], among: Mask) -> Mask:
    """Mark the exposures that lack a value which a way of an `Either` requires."""
    lacking = np.zeros_like(among)
    for condition in way:
        if isinstance(condition, Same) and not condition.optional:
            lacking |= np.logical_and.reduce([keys == UNDEFINED for keys in keys_of(condition)])
    return lacking


def _divided(part: npt.NDArray[np.int64], sources: list[Codes], among: Mask) -> npt.NDArray[np.int64]:
    """Divide the parts in which every exposure has a value in the first source in which any of them has one.

    Numbers of values are negative where a value is undefined or waived.
    """
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
    """Return the direct_image candidate of each exposure that is worked as a parallel with a direct image.

    In a direct_image candidate all exposures are; in discovery, those with one such candidate and no other.

    Parameters
    ----------
    candidates : sequence of Candidate
        The candidates.
    texts : sequence of str
        The distinct texts of the pool's ``asn_candidate``.
    codes : array of int32
        For each exposure by candidate, the number of its text.
    which : array of int32
        For each, the number of its candidate.

    Returns
    -------
    array of int32
        A number for each different direct_image candidate, `NO_DIRECT_CANDIDATE` elsewhere.
    """
    of_candidate, of_text = (
        np.array(
            [number if _DIRECT_IMAGE_ONLY.fullmatch(text) else NO_DIRECT_CANDIDATE for number, text in enumerate(some)],
            dtype=np.int32,
        )
        for some in ([candidate.text for candidate in candidates], texts)
    )
    discovered = np.array([candidate.discovered for candidate in candidates], dtype=bool)
    return np.where(discovered[which], of_text[codes], of_candidate[which]).astype(np.int32)
