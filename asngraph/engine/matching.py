"""Matching: one exposure against one association; the meaning of all conditions, in one place.

Exposures with the same values in every column that a rule reads are of one *kind*; associations that have bound the
same values are in one *state*. Each kind is tried once against each state, however many there are of either, and
`Matcher.match` returns the known result from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import NewType, cast

import numpy as np
import numpy.typing as npt

from asngraph.engine.selection import Selection
from asngraph.model.column import UNDEFINED, Codes
from asngraph.rules.bindings import (
    AloneIn,
    Avoids,
    Collect,
    Condition,
    Either,
    Facts,
    Lacks,
    NotAfterImprint,
    OnlyScience,
    Predicate,
    Retry,
    Same,
)
from asngraph.rules.rule import Rule

# A kind of exposure: the number of its value, or whether it passes, in each of the columns that the rule reads.
Kind = tuple[int, ...]
KindNumber = NewType("KindNumber", int)
Check = Callable[["Attempt"], bool]

# In place of the number of a value, where a binding is not asked of the exposure (UNDEFINED and ABSENT are -1 and -2).
WAIVED = -3
# In place of the number of an entry, where a target acquisition joins because of its observation.
ACQUISITION = -1
# Slots for what associations of some rules remember beside bound values.
HAS_SCIENCE, IMPRINT_LAST, RELEASED = "has science", "imprint last", "released"
# The target of parallels with a direct image.
NO_TARGET = "000"


class State:
    """The values that associations have bound, and the matches that are known for them.

    A matcher makes one state of the same values, so that states are compared by identity.

    Attributes
    ----------
    values : tuple
        For each slot the source and the number of the bound value, or None; for `HAS_SCIENCE` and its like, a bool.
    matches : dict
        The result for each kind of exposure; under ``~kind`` for associations with exposures of its observation.
    """

    __slots__ = ("matches", "values")

    def __init__(self, values: tuple[object, ...]) -> None:
        self.values = values
        self.matches: dict[int, Match] = {}


@dataclass(slots=True)
class Match:
    """The result of trying an exposure against an association.

    Attributes
    ----------
    accepted : bool
        Whether it joins.
    state : State
        The state of the association afterwards; a refused exposure may change it too (`NotAfterImprint`).
    entry : int
        The number of the entry by which it joins, or `ACQUISITION`.
    retries : tuple of Retry
        The lists from which the exposure is tried again.
    collected : tuple of (str, int)
        Columns and numbers of values that the association is to keep.
    claims : bool
        Whether joining keeps the exposure from starting another association.
    """

    accepted: bool
    state: State
    entry: int = ACQUISITION
    retries: tuple[Retry, ...] = ()
    collected: tuple[tuple[str, int], ...] = ()
    claims: bool = True


@dataclass(slots=True)
class Attempt:
    """The values of an association while an exposure is tried against it."""

    kind: Kind
    values: list[object]
    fresh: bool
    retries: list[Retry] = field(default_factory=list)
    collected: list[tuple[str, int]] = field(default_factory=list)


class Matcher:
    """A rule, compiled for a selection of exposures.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : mapping of str to Column
        The columns of the exposures, with the rule's ``exptype``.
    selection : Selection
        The exposures by candidate.

    Attributes
    ----------
    kinds : list of tuple
        The different kinds of exposures in the selection.
    kind_of : list of int
        For each exposure of the selection, the number of its kind.
    fresh : State
        The empty state, of an association that does not exist yet.

    Notes
    -----
    O(n) in the selection to compile, and O(kinds * states) for all matches.
    """

    def __init__(self, rule: Rule, facts: Facts, selection: Selection) -> None:
        self.rule, self.facts, self._selection = rule, facts, selection
        self._rows = rows = selection.rows
        self._columns: list[npt.NDArray[np.generic]] = []
        self._place_of: dict[object, int] = {}
        self._slots: dict[str, int] = {}
        self._fields: dict[str, tuple[str, ...]] = {}
        self._states: dict[tuple[object, ...], State] = {}
        self._same_keys: dict[Same, list[Codes]] = {}
        self._texts: dict[State, str] = {}
        if any(entry.releases for entry in rule.entries):
            self._slot(RELEASED)
        self._base = [self._check(condition) for condition in rule.base]
        self._conditions = [self._check(condition) for condition in rule.conditions]
        self._entries = [[self._check(condition) for condition in entry.conditions] for entry in rule.entries]
        self._role = self._column("role", lambda: facts["role"].codes[rows])
        self._obs_num = self._column("obs_num", lambda: self.keys("obs_num"))
        self._acquisition, self._imprint = (facts["role"].code(name) for name in ("target_acquisition", "imprint"))
        self.fresh = self._state((None,) * len(self._slots))
        numbers: dict[Kind, int] = {}
        kinds = zip(*(column.tolist() for column in self._columns), strict=True)
        self.kind_of = cast("list[KindNumber]", [numbers.setdefault(kind, len(numbers)) for kind in kinds])
        self.kinds: list[Kind] = list(numbers)

    def match(self, state: State, kind: KindNumber, observed: bool = False) -> Match:
        """Return the result of trying a kind of exposure against a state of association.

        Parameters
        ----------
        state : State
            The state; `fresh` for an association that does not exist yet.
        kind : int
            The number of the kind.
        observed : bool
            Whether the association has exposures of the exposure's observation, and an acquisition may join.
        """
        key = ~kind if observed else kind
        match = state.matches.get(key)
        if match is None:
            match = state.matches[key] = self._try(state, self.kinds[kind], observed)
        return match

    def with_science(self, state: State) -> State:
        """Return the state of an association once it has a science exposure."""
        place = self._slots.get(HAS_SCIENCE)
        if place is None or state.values[place]:
            return state
        return self._state((*state.values[:place], True, *state.values[place + 1 :]))

    def has_science(self, state: State) -> bool:
        """Return whether an association has a science exposure; False for rules without `OnlyScience`."""
        place = self._slots.get(HAS_SCIENCE)
        return place is not None and bool(state.values[place])

    def bound(self, state: State, slot: str) -> str | None:
        """Return the value that an association has bound in a slot, or None."""
        found = self.bound_field(state, slot)
        return None if found is None else found[1]

    def bound_field(self, state: State, slot: str) -> tuple[str, str] | None:
        """Return the column and the value that an association has bound in a slot, or None."""
        place = self._slots.get(slot)
        value = None if place is None else state.values[place]
        if value is None:
            return None
        source, code = cast("tuple[int, int]", value)
        name = self._fields[slot][source]
        return name, NO_TARGET if name == "direct_candidate" else self.facts[name].values[code]

    def place(self, key: object) -> int:
        """Return the place of a condition's values in a kind; of a `Same` with the number of the source beside it."""
        return self._place_of[key]

    def slot_number(self, slot: str) -> int | None:
        """Return the place of a slot in the values of a state; None where the rule does not have it."""
        return self._slots.get(slot)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots in which associations of the rule bind values."""
        return tuple(self._fields)

    def all_bound(self, state: State) -> dict[str, str]:
        """Return the columns that an association has bound, with their values."""
        found = (self.bound_field(state, slot) for slot in self._fields)
        return dict(pair for pair in found if pair is not None)

    def bound_text(self, state: State) -> str:
        """Return the bound values in words, each on a line of its own."""
        text = self._texts.get(state)
        if text is None:
            lines = (
                f"\nsame {field}: {value}" if field != "direct_candidate" else "\na parallel, whatever the target"
                for field, value in self.all_bound(state).items()
            )
            text = self._texts[state] = "".join(lines)
        return text

    def keys(self, name: str) -> Codes:
        """Return the number of a column's value for each exposure of the selection, or `UNDEFINED`."""
        return self._selection.direct if name == "direct_candidate" else self.facts[name].keys[self._rows]

    def same_keys(self, condition: Same) -> list[Codes]:
        """Return `keys` of each column that a binding compares, with `WAIVED` where the binding is waived."""
        if condition not in self._same_keys:
            sources = [self.keys(name) for name in condition.fields]
            if condition.waived is not None:
                waived = condition.waived.mask(self.facts)[self._rows]
                sources = [np.where(waived, np.int32(WAIVED), keys).astype(np.int32) for keys in sources]
            self._same_keys[condition] = sources
        return self._same_keys[condition]

    def _state(self, values: tuple[object, ...]) -> State:
        state = self._states.get(values)
        if state is None:
            state = self._states[values] = State(values)
        return state

    def _try(self, state: State, kind: Kind, observed: bool) -> Match:
        attempt = Attempt(kind, list(state.values), state is self.fresh)
        if not _all(self._base, attempt):
            return Match(False, state)
        entry = None
        if _all(self._conditions, attempt):
            # Values that an entry binds before it fails stay bound if a later entry accepts.
            entry = next((number for number, checks in enumerate(self._entries) if _all(checks, attempt)), None)
            if IMPRINT_LAST in self._slots:
                attempt.values = attempt.values if entry is not None else list(state.values)
                attempt.values[self._slots[IMPRINT_LAST]] = kind[self._role] == self._imprint
                state = self._state(tuple(attempt.values))
        if entry is None:
            if observed and self.rule.acquisitions and kind[self._role] == self._acquisition:
                return Match(True, self._state(tuple(attempt.values)), collected=tuple(attempt.collected))
            return Match(False, state)
        return self._entered(attempt, entry)

    def _entered(self, attempt: Attempt, number: int) -> Match:
        entry, obs_num = self.rule.entries[number], attempt.kind[self._obs_num]
        if obs_num != UNDEFINED:
            attempt.collected.append(("obs_num", obs_num))
        if entry.retry:
            attempt.retries.append(entry.retry)
        released = self._slots.get(RELEASED)
        if entry.releases and released is not None:
            attempt.values[released] = True
        claims = released is None or not attempt.values[released]
        state = self._state(tuple(attempt.values))
        return Match(True, state, number, tuple(attempt.retries), tuple(attempt.collected), claims)

    # Each condition is compiled once: it registers the columns and slots that it reads, and becomes a small function.

    def _column(self, key: object, make: Callable[[], npt.NDArray[np.generic]]) -> int:
        if key not in self._place_of:
            self._place_of[key] = len(self._columns)
            self._columns.append(make())
        return self._place_of[key]

    def _slot(self, name: str) -> int:
        return self._slots.setdefault(name, len(self._slots))

    @singledispatchmethod
    def _check(self, condition: Condition) -> Check:
        raise TypeError(f"unknown condition: {condition!r}")

    @_check.register
    def _(self, condition: Predicate) -> Check:
        place = self._column(condition, lambda: condition.mask(self.facts)[self._rows])
        return lambda attempt: bool(attempt.kind[place])

    @_check.register
    def _(self, condition: Same) -> Check:
        slot = self._slot(condition.slot)
        self._fields.setdefault(condition.slot, condition.fields)
        sources = self.same_keys(condition)
        places = [self._column((condition, n), lambda keys=keys: keys) for n, keys in enumerate(sources)]  # type: ignore[misc]
        retry, optional = condition.retry, condition.optional

        def check(attempt: Attempt) -> bool:
            kind, bound = attempt.kind, attempt.values[slot]
            passed = True
            if kind[places[0]] == WAIVED:
                pass
            elif bound is not None:
                source, code = cast("tuple[int, int]", bound)
                key = kind[places[source]]
                passed = key == code or (optional and key == UNDEFINED)
            else:
                for number, place in enumerate(places):
                    if kind[place] != UNDEFINED:
                        attempt.values[slot] = (number, kind[place])
                        break
                else:
                    passed = optional
            if passed and retry:
                attempt.retries.append(retry)
            return passed

        return check

    @_check.register
    def _(self, condition: Collect) -> Check:
        place = self._column(condition, lambda: self._collected(condition))

        def check(attempt: Attempt) -> bool:
            if attempt.kind[place] != UNDEFINED:
                attempt.collected.append((condition.field, attempt.kind[place]))
            return True

        return check

    def _collected(self, condition: Collect) -> Codes:
        keys = self.keys(condition.field)
        if condition.only is None:
            return keys
        return np.where(condition.only.mask(self.facts)[self._rows], keys, np.int32(UNDEFINED)).astype(np.int32)

    @_check.register
    def _(self, condition: Either) -> Check:
        ways = [[self._check(part) for part in way] for way in condition.ways]
        return lambda attempt: any(_all(checks, attempt) for checks in ways)

    @_check.register
    def _(self, _condition: OnlyScience) -> Check:
        slot = self._slot(HAS_SCIENCE)
        return lambda attempt: not attempt.values[slot]

    @_check.register
    def _(self, _condition: NotAfterImprint) -> Check:
        slot = self._slot(IMPRINT_LAST)
        return lambda attempt: not attempt.values[slot]

    @_check.register
    def _(self, condition: Lacks) -> Check:
        slot = self._slot(f"no {condition.field}")
        place = self._column(("keys", condition.field), lambda: self.keys(condition.field))

        def check(attempt: Attempt) -> bool:
            key, refused = attempt.kind[place], attempt.values[slot]
            if key == UNDEFINED or (refused is not None and refused != key):
                return True
            attempt.values[slot] = key
            return False

        return check

    @_check.register
    def _(self, condition: AloneIn) -> Check:
        place = self._column(condition, lambda: self._selection.in_candidates_of(condition.candidate_type))
        return lambda attempt: attempt.fresh or not attempt.kind[place]

    @_check.register
    def _(self, condition: Avoids) -> Check:
        slot = self._slot(condition.slot)
        texts = self.facts[condition.field].values
        place = self._column(("keys", condition.field), lambda: self.keys(condition.field))

        def check(attempt: Attempt) -> bool:
            bound, key = attempt.values[slot], attempt.kind[place]
            # A condition before this one binds the column, and fails where it is undefined.
            if bound is None or key == UNDEFINED:
                return False
            return texts[cast("tuple[int, int]", bound)[1]] not in texts[key]

        return check


def _all(checks: Sequence[Check], attempt: Attempt) -> bool:
    for check in checks:  # noqa: SIM110 (a generator takes twice the time)
        if not check(attempt):
            return False
    return True
