"""Reach: the bound values with which an association may accept an exposure.

This is read from the conditions that compare an exposure with what is bound (`Same`, `OnlyScience`, `AloneIn`); what
they refuse is refused whatever the other conditions say, and leaves the association as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from typing import NamedTuple, cast

from asngraph.engine.matching import HAS_SCIENCE, WAIVED, KindNumber, Matcher, State
from asngraph.model.column import UNDEFINED
from asngraph.rules.bindings import AloneIn, Condition, Either, NotAfterImprint, OnlyScience, Predicate, Same
from asngraph.rules.rule import Rule, all_conditions

# In place of the number of a value: any value that is bound, and none.
FREE, REFUSED = -10, -11

# The slots in which a state has values, each with the number of the source; and the numbers of these values.
Bound = tuple[tuple[int, int], ...]
Codes = tuple[int, ...]
# For slots in which the bound value matters, the number that it must have, by source.
Needed = dict[int, Codes]


class _Alternative(NamedTuple):
    """Conditions that an exposure meets all together, by the places of their values in a kind."""

    tests: tuple[tuple[int, bool], ...]
    same: tuple[tuple[int, bool, tuple[int, ...]], ...]
    without_science: bool


class Reach:
    """What kinds of exposures need an association to have bound.

    Parameters
    ----------
    matcher : Matcher
        The rule, compiled.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._science = matcher.slot_number(HAS_SCIENCE)
        self._ways = [self._compiled(way) for way in _ways(matcher.rule)]
        slots = {slot for way in self._ways for slot, *_ in way.same}
        self._slots = sorted(slots if self._science is None else slots | {self._science})
        self._needed: dict[KindNumber, list[Needed]] = {}
        self._bound: dict[State, tuple[Bound, Codes]] = {}

    def needed(self, kind: KindNumber) -> list[Needed]:
        """Return what a kind of exposure needs, for each way in which it may join; empty where it joins none.

        Parameters
        ----------
        kind : int
            The number of the kind.
        """
        known = self._needed.get(kind)
        if known is None:
            values = self._matcher.kinds[kind]
            ways = (self._of_way(way, values) for way in self._ways)
            known = self._needed[kind] = [way for way in ways if way is not None]
        return known

    def bound(self, state: State) -> tuple[Bound, Codes]:
        """Return the slots in which a state has values, with their sources, and the numbers of the values.

        Parameters
        ----------
        state : State
            The state.
        """
        known = self._bound.get(state)
        if known is None:
            values = [(slot, state.values[slot]) for slot in self._slots]
            pairs = [
                (slot, cast("tuple[int, int]", value if value is not True else (0, 0)))
                for slot, value in values
                if value
            ]
            known = tuple((slot, source) for slot, (source, _) in pairs), tuple(code for _, (_, code) in pairs)
            self._bound[state] = known
        return known

    def _compiled(self, conditions: Sequence[Condition]) -> _Alternative:
        place = self._matcher.place
        same = [condition for condition in conditions if isinstance(condition, Same)]
        return _Alternative(
            tuple(
                (place(condition), isinstance(condition, Predicate))
                for condition in conditions
                if isinstance(condition, Predicate | AloneIn)
            ),
            tuple((self._slot(condition), condition.optional, self._places(condition)) for condition in same),
            any(isinstance(condition, OnlyScience) for condition in conditions),
        )

    def _slot(self, condition: Same) -> int:
        return cast("int", self._matcher.slot_number(condition.slot))

    def _places(self, condition: Same) -> tuple[int, ...]:
        return tuple(self._matcher.place((condition, source)) for source in range(len(condition.fields)))

    def _of_way(self, way: _Alternative, kind: Sequence[int]) -> Needed | None:
        for place, passes in way.tests:
            if kind[place] != passes:
                return None
        needed: Needed = {}
        if way.without_science and self._science is not None:
            needed[self._science] = (REFUSED,)
        for slot, optional, places in way.same:
            values = tuple([kind[place] for place in places])
            if values[0] == WAIVED:
                continue
            if UNDEFINED in values:
                if max(values) == UNDEFINED:
                    if optional:
                        continue
                    return None
                undefined = FREE if optional else REFUSED
                values = tuple([undefined if value == UNDEFINED else value for value in values])
            needed[slot] = values
        return needed


def _ways(rule: Rule) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions of each way in which an exposure may join, or change what an association has bound."""
    # Where the last imprint counts, an exposure that meets no entry changes it.
    counts = any(isinstance(condition, NotAfterImprint) for condition in all_conditions(rule))
    for entry in [()] if counts else [entry.conditions for entry in rule.entries]:
        yield from _spread((*rule.base, *rule.conditions, *entry))


def _spread(conditions: Sequence[Condition]) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions with one of its ways in place of each `Either`."""
    ways: list[list[tuple[Condition, ...]]] = []
    for condition in conditions:
        if isinstance(condition, Either):
            ways.append([spread for way in condition.ways for spread in _spread(way)])
        else:
            ways.append([(condition,)])
    for combination in product(*ways):
        yield tuple(chain.from_iterable(combination))
