"""Deriving edges: which exposures a rule ties together, and in which role.

The exposures of a candidate come in the order of the pool. One joins every group of the rule that accepts it, and
only where there is none may it start another; afterwards some are tried again against what there is then. Each group
becomes an association, around its anchor. Groups that have bound the same are kept together, since they accept the
same, so that the work grows with the number of exposures and of edges, and not with their product.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from asngraph.engine.matching import ACQUISITION, Matcher, State, Trial
from asngraph.engine.selection import Selection, could_accompany, could_enter, partition
from asngraph.model.column import Integers, Mask
from asngraph.model.derived_columns import Facts, Roles, can_be_time_series
from asngraph.rules.bindings import Retry
from asngraph.rules.rule import Rule


@dataclass(slots=True)
class Edges:
    """What a rule derived: groups, and the edges from exposures to them.

    Attributes
    ----------
    matcher : Matcher
        The rule, made ready for these exposures.
    exptypes : list of str
        The names of the roles.
    candidate, start : list of int
        For each group the number of its candidate, and the exposure that started it.
    state : list of State
        For each group what it has bound.
    collected : list of set
        For each group the columns and values that it kept.
    group, exposure, exptype : list of int
        For each edge its group, its exposure and the number of its role; in the order in which exposures joined.
    time_series : list of bool
        For each edge whether what the group had bound makes the exposure a time series.
    """

    matcher: Matcher
    exptypes: list[str]
    candidate: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    state: list[State] = field(default_factory=list)
    collected: list[set[tuple[str, int]]] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    exposure: list[int] = field(default_factory=list)
    exptype: list[int] = field(default_factory=list)
    time_series: list[bool] = field(default_factory=list)


def derive_edges(rule: Rule, facts: Facts, selection: Selection, served: Mask, handed_on: Mask) -> Edges | None:
    """Apply a rule to all candidates at once.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : Facts
        What is known of each exposure.
    selection : Selection
        The exposures by candidate.
    served : array of bool
        For each candidate, whether the rule serves it.
    handed_on : array of bool
        For each exposure, whether it is tried again, last of all, with every rule.

    Returns
    -------
    Edges, or None where nothing can enter
    """
    seen = facts.for_roles(rule.roles)
    could = could_enter(rule, seen)
    wanted = could[selection.rows] & served[selection.which]
    with_group = np.zeros(len(served), dtype=bool)
    with_group[selection.which[wanted]] = True
    wanted |= could_accompany(rule, seen)[selection.rows] & with_group[selection.which]
    part = selection.take(wanted)
    if not len(part.rows):
        return None
    first = np.full(len(served), len(handed_on), dtype=np.int64)
    last_list = handed_on[selection.rows]
    np.minimum.at(first, selection.which[last_list], selection.rows[last_list])
    matcher = Matcher(rule, seen, part)
    return _Walk(matcher, facts, part, could[part.rows], handed_on[part.rows], first).run()


class _Place:
    """Groups that have bound the same, and so accept the same."""

    __slots__ = ("groups", "state")

    def __init__(self, state: State, groups: list[int]) -> None:
        self.state, self.groups = state, groups


class _Walk:
    """One rule's walk over its exposures, candidate by candidate. Positions are places in the selection."""

    def __init__(
        self, matcher: Matcher, facts: Facts, selection: Selection, could: Mask, handed_on: Mask, first: Integers
    ) -> None:
        self.matcher, self.rule = matcher, matcher.rule
        rows = selection.rows
        exptype, role, tsovisit = matcher.facts["exptype"], facts["role"], facts["tsovisit"]
        names = [
            *exptype.values,
            *(entry.exptype for entry in self.rule.entries if entry.exptype),
            "imprint",
            "science",
        ]
        self.edges = Edges(matcher, list(dict.fromkeys(names)))
        self.number = {name: number for number, name in enumerate(self.edges.exptypes)}
        self.science = self.number["science"]
        self.rows, self.which, self.kind = rows.tolist(), selection.which.tolist(), matcher.kind_of
        self.exptype = exptype.codes[rows].tolist()
        self.file_of = facts["filename"].codes.tolist()
        self.file = facts["filename"].codes[rows].tolist()
        self.obs_num = facts["obs_num"].keys[rows].tolist()
        self.could, self.handed_on, self.first_handed_on = could.tolist(), handed_on.tolist(), first.tolist()
        self.accompanies = (could_accompany(self.rule, matcher.facts)[rows]).tolist()
        imprint = role.codes[rows] == role.code("imprint")
        self.stays_imprint = (imprint & (self.rule.roles is Roles.SCIENCE)).tolist()
        asks = can_be_time_series(facts)[rows] & ~tsovisit.defined[rows] & ("tsovisit" in matcher.slots)
        self.asks_time_series = asks.tolist()
        everything = np.ones(len(rows), dtype=bool)
        self.base = partition(self.rule.base, matcher.same_keys, selection.which, everything).tolist()
        conditions = (*self.rule.base, *self.rule.conditions)
        self.part = partition(conditions, matcher.same_keys, selection.which, could).tolist()
        counts = np.bincount(facts["filename"].codes)
        self.repeated = (counts[facts["filename"].codes[rows]] > 1).tolist()

    def run(self) -> Edges:
        """Work all candidates."""
        bounds = np.flatnonzero(np.diff(np.array(self.which), prepend=-1, append=-1)).tolist()
        for start, stop in pairwise(bounds):
            self._candidate(range(start, stop))
        return self.edges

    def _candidate(self, positions: range) -> None:
        self.places: dict[int, list[_Place]] = {}
        self.part_of: dict[int, int] = {}
        self.observed: dict[tuple[int, int], set[int]] = {}
        self.members: dict[int, set[int]] = {}
        self.lists: dict[Retry, list[int]] = {}
        self.first_pass, self.keeps_members = True, False
        first_edge = len(self.edges.group)
        for position in positions:
            if not self._join(position) and self.could[position]:
                self._start(position)
        self.first_pass = False
        self._try_again(positions, first_edge)
        for places in self.places.values():
            for place in places:
                for group in place.groups:
                    self.edges.state[group] = place.state

    def _join(self, position: int) -> bool:
        """Put an exposure into every group that accepts it; tell whether that keeps it from starting one."""
        already = self.members.get(self.file[position], ()) if self.keeps_members or self.repeated[position] else ()
        claimed, moves = bool(already), []
        for part, place, groups, observed in self._places_for(position, already):
            trial = self.matcher.trial(place.state, self.kind[position], observed)
            state = trial.state
            if trial.accepted:
                claimed |= trial.claims
                state = self._enter(position, groups, place.state, trial)
            if state is not place.state:
                moves.append((part, place, list(groups), state))
        for move in moves:
            self._move(*move)
        return claimed

    def _places_for(self, position: int, already: Iterable[int]) -> list[tuple[int, _Place, list[int], bool]]:
        """List where an exposure is to be tried: groups alike, and whether they have exposures of its observation."""
        part = self.part[position]
        found = []
        if not self.accompanies[position]:
            for place in self.places.get(part, ()):
                groups = [group for group in place.groups if group not in already] if already else place.groups
                if groups:
                    found.append((part, place, groups, False))
            return found
        observed = self.observed.get((self.base[position], self.obs_num[position]), set())
        groups_here = [group for place in self.places.get(part, ()) for group in place.groups]
        for group in sorted({*groups_here, *observed}.difference(already)):
            there = self.part_of[group]
            place = next(place for place in self.places[there] if group in place.groups)
            found.append((there, place, [group], group in observed))
        return found

    def _start(self, position: int) -> None:
        fresh = self.matcher.fresh
        trial = self.matcher.trial(fresh, self.kind[position])
        if not trial.accepted:
            return
        edges, group, part = self.edges, len(self.edges.start), self.part[position]
        edges.candidate.append(self.which[position])
        edges.start.append(self.rows[position])
        edges.state.append(fresh)
        edges.collected.append(set())
        self.part_of[group] = part
        state = self._enter(position, [group], fresh, trial)
        places = self.places.setdefault(part, [])
        for place in places:
            if place.state is state:
                place.groups.append(group)
                return
        places.append(_Place(state, [group]))

    def _enter(self, position: int, groups: list[int], before: State, trial: Trial) -> State:
        """Add the edges of an exposure, and return what its groups have bound afterwards."""
        edges, exptype = self.edges, self.exptype[position]
        if exptype == self.science:
            if trial.entry != ACQUISITION and (name := self.rule.entries[trial.entry].exptype):
                exptype = self.number[name]
            elif self.stays_imprint[position] and self.matcher.has_science(before):
                exptype = self.number["imprint"]
        series = self.asks_time_series[position] and self.matcher.bound(trial.state, "tsovisit") == "t"
        for group in groups:
            edges.group.append(group)
            edges.exposure.append(self.rows[position])
            edges.exptype.append(exptype)
            edges.time_series.append(series)
            self._collect(position, group, trial)
        if self.first_pass:
            for retry in trial.retries:
                self.lists.setdefault(retry, []).append(position)
        if self.keeps_members or self.repeated[position]:
            self.members.setdefault(self.file[position], set()).update(groups)
        return self.matcher.with_science(trial.state) if exptype == self.science else trial.state

    def _collect(self, position: int, group: int, trial: Trial) -> None:
        kept = self.edges.collected[group]
        for value in trial.collected:
            if value not in kept:
                kept.add(value)
                if value[0] == "obs_num" and self.rule.acquisitions:
                    self.observed.setdefault((self.base[position], value[1]), set()).add(group)

    def _move(self, part: int, place: _Place, groups: list[int], state: State) -> None:
        """Put groups where those are that have bound the same."""
        places = self.places[part]
        other = next((there for there in places if there.state is state), None)
        if len(groups) == len(place.groups):
            if other is None:
                place.state = state
                return
            places.remove(place)
        else:
            moved = set(groups)
            place.groups = [group for group in place.groups if group not in moved]
        if other is None:
            places.append(_Place(state, list(groups)))
        else:
            other.groups.extend(groups)

    def _try_again(self, positions: range, first_edge: int) -> None:
        """Try lists of exposures again: backgrounds and imprints, then what is never science."""
        if not self.places:
            return
        early = [entries for retry, entries in self.lists.items() if retry is not Retry.LATE]
        images = self.lists.get(Retry.LATE, [])
        last = [position for position in positions if self.handed_on[position]]
        late = [images, last]
        if images and self.first_handed_on[self.which[images[0]]] < self.rows[images[0]]:
            late.reverse()
        for entries in (*early, *late):
            for position in dict.fromkeys(entries):
                places = self.places.get(self.part[position], ())
                alone = len(places) == 1 and len(places[0].groups) == 1
                if alone and entries is not last and not self.accompanies[position]:
                    continue  # it joined that group when it came
                self._keep_members(first_edge)
                self._join(position)

    def _keep_members(self, first_edge: int) -> None:
        if self.keeps_members:
            return
        self.keeps_members = True
        for exposure, group in zip(self.edges.exposure[first_edge:], self.edges.group[first_edge:], strict=True):
            self.members.setdefault(self.file_of[exposure], set()).add(group)
