"""Grouping: the ordered pass in which the exposures of each candidate join groups, by one rule.

Each group becomes an association. The reference tries every exposure against every association in turn, and what an
association has bound by then decides, so the order is part of the result. This is the order, for one candidate:

1. *First pass.* The exposures that the rule can use come in the order of the pool. Each is tried against every group
   that there is. It joins all that accept it: an edge is added, and the group binds the values that it lacked. Where
   none accepted it (or only groups that have been released, `Match.claims`), it is tried against the empty state, and
   if that accepts it, it starts a group. A target acquisition that is not eligible by itself starts none; it may join
   groups that have exposures of its observation.
2. *Retry lists.* An exposure that joins or starts a group in the first pass is put on the lists that the binding or the
   entry by which it came in names (`Retry`). After the first pass each list is tried again, its exposures in their
   order and each once, against the groups as they are now, where they are not members yet. Nothing starts a group.
   The order of the lists:

   a. handed on and imprints, the one that was begun first before the other;
   b. late (direct images and the like) and the exposures that a rule with ``hands_on`` names, which of the two has
      its first exposure earlier in the pool before the other.

3. The bound values of each group are written down.

To change a step, change it in `_OrderedPass`, and in the definition of the pass in tests/test_grouping.py, which does
the same row by row and group by group.

The pass is fast because of four equivalences. Groups of one part of a candidate that have bound the same values accept
the same exposures: they are kept together (`Peers`) and tried once. Exposures of different parts never meet
(`asngraph.engine.selection.partition`): only the groups of its own part are tried, and of these only those that have
bound what the exposure has (`asngraph.engine.group_index`). Acquisitions are the exception, as they join by
observation. Where all exposures of a part are alike, the first two of them decide what becomes of all
(`_OrderedPass._group_at_once`). The work grows with the number of exposures and of edges, and not with their product.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NewType, cast

import numpy as np
import numpy.typing as npt

from asngraph.engine.group_index import GroupIndex, GroupNumber, Peers
from asngraph.engine.matching import ACQUISITION, KindNumber, Match, Matcher, State
from asngraph.engine.reach import Reach
from asngraph.engine.selection import (
    NO_DIRECT_CANDIDATE,
    NO_PART,
    CandidateNumber,
    ExposureNumber,
    PartNumber,
    Selection,
    accompanying,
    eligible,
    partition,
)
from asngraph.model.column import Integers, Mask
from asngraph.model.derived_columns import Facts, Roles, can_be_time_series
from asngraph.rules.bindings import Retry, Same, same
from asngraph.rules.rule import Rule, all_conditions

RoleNumber = NewType("RoleNumber", int)
# An exposure in a candidate: its place in the selection.
Position = NewType("Position", int)


@dataclass(slots=True)
class Edges:
    """The groups that a rule derived, and the edges from exposures to them.

    Attributes
    ----------
    matcher : Matcher
        The rule, compiled for these exposures.
    exptypes : list of str
        The names of the roles.
    candidate, start : list of int
        For each group the number of its candidate, and the exposure that started it.
    state : list of State
        For each group the values that it has bound.
    collected : list of set
        For each group the columns and values that it kept.
    group, exposure, exptype : list of int
        For each edge its group, its exposure and the number of its role; in the order in which exposures joined.
    time_series : list of bool
        For each edge whether the values that the group had bound make the exposure a time series.
    """

    matcher: Matcher
    exptypes: list[str]
    candidate: list[CandidateNumber] = field(default_factory=list)
    start: list[ExposureNumber] = field(default_factory=list)
    state: list[State] = field(default_factory=list)
    collected: list[set[tuple[str, int]]] = field(default_factory=list)
    group: list[GroupNumber] = field(default_factory=list)
    exposure: list[ExposureNumber] = field(default_factory=list)
    exptype: list[RoleNumber] = field(default_factory=list)
    time_series: list[bool] = field(default_factory=list)


def derive_edges(rule: Rule, facts: Facts, selection: Selection, served: Mask, handed_on: Mask) -> Edges | None:
    """Return the groups that a rule makes of all candidates.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : Facts
        The columns of the exposures.
    selection : Selection
        The exposures by candidate.
    served : array of bool
        For each candidate, whether the rule serves it.
    handed_on : array of bool
        For each exposure, whether every rule tries it again at the end.

    Returns
    -------
    Edges or None
        None where no exposure is eligible.

    Notes
    -----
    O(n + m) in the exposures by candidate and the edges. The exceptions are rules in which many exposures enter none
    of the entries because of something else than bound values, such as `asngraph.rules.bindings.NotAfterImprint`.
    """
    columns = facts.for_roles(rule.roles)
    can_join = eligible(rule, columns)
    wanted = can_join[selection.rows] & served[selection.which]
    if any(isinstance(condition, Same) and condition == same("direct_candidate") for condition in rule.conditions):
        wanted &= selection.direct != NO_DIRECT_CANDIDATE
    with_group = np.zeros(len(served), dtype=bool)
    with_group[selection.which[wanted]] = True
    wanted |= accompanying(rule, columns)[selection.rows] & with_group[selection.which]
    part = selection.take(wanted)
    if not len(part.rows):
        return None
    first = np.full(len(served), len(handed_on), dtype=np.int64)
    last_list = handed_on[selection.rows]
    np.minimum.at(first, selection.which[last_list], selection.rows[last_list])
    matcher = Matcher(rule, columns, part)
    return _OrderedPass(matcher, facts, part, can_join[part.rows], handed_on[part.rows], first).run()


class _OrderedPass:
    """The pass of one rule over its exposures, candidate by candidate; the module's docstring describes its steps.

    Invariant, before and after each exposure is tried:

    - Each group of the candidate is in exactly one `Peers`, one of ``parts[part_of[group]]``. Its `state` is what the
      group has bound: what trying its candidate's exposures so far against it alone, one after the other, would give.
      (`Edges.state` is written at the end, and not kept up to date.)
    - No two `Peers` of a part have the same state, and none is without groups. States are interned by the matcher,
      so ``is`` compares them.
    - No exposure that is not of a part changes the state of its groups, but for acquisitions that join by observation.
    - ``observed[base, obs_num]`` has the groups that collected an exposure of that observation, for rules that take
      acquisitions; ``base`` is the part by the rule's base conditions, which acquisitions have to meet too.
    - ``members[file]`` has the groups that an exposure of this file name joined: of files that are repeated in the
      pool from the beginning, of all from the first retry (`keeps_members`). No file joins a group twice.
    - The edges of a group are in the order in which exposures joined, which is the order of an association's members.
    """

    def __init__(
        self, matcher: Matcher, facts: Facts, selection: Selection, can_join: Mask, handed_on: Mask, first: Integers
    ) -> None:
        self.matcher, self.rule, self.reach = matcher, matcher.rule, Reach(matcher)
        rows = selection.rows
        exptype, role, tsovisit = matcher.facts["exptype"], facts["role"], facts["tsovisit"]
        names = [
            *exptype.values,
            *(entry.exptype for entry in self.rule.entries if entry.exptype),
            "imprint",
            "science",
        ]
        self.edges = Edges(matcher, list(dict.fromkeys(names)))
        self.number = {name: RoleNumber(number) for number, name in enumerate(self.edges.exptypes)}
        self.science = self.number["science"]
        # Whether exposures are tried again from one list at most, whose order is that of the pool.
        lists = {entry.retry for entry in self.rule.entries}
        lists |= {condition.retry for condition in all_conditions(self.rule) if isinstance(condition, Same)}
        self.one_list = len(lists - {None}) < 2 and Retry.LATE not in lists
        # By position:
        self.exposure: list[ExposureNumber] = rows.tolist()
        self.candidate: list[CandidateNumber] = selection.which.tolist()
        self.kind: list[KindNumber] = matcher.kind_of
        self.exptype: list[RoleNumber] = exptype.codes[rows].tolist()
        self.file: list[int] = facts["filename"].codes[rows].tolist()
        self.obs_num: list[int] = facts["obs_num"].keys[rows].tolist()
        self.can_join: list[bool] = can_join.tolist()
        self.handed_on: list[bool] = handed_on.tolist()
        self.accompanies: list[bool] = accompanying(self.rule, matcher.facts)[rows].tolist()
        imprint = role.codes[rows] == role.code("imprint")
        self.stays_imprint: list[bool] = (imprint & (self.rule.roles is Roles.SCIENCE)).tolist()
        series = can_be_time_series(facts)[rows] & ~tsovisit.defined[rows] & ("tsovisit" in matcher.slots)
        self.may_be_series: list[bool] = series.tolist()
        everything = np.ones(len(rows), dtype=bool)
        base = partition(self.rule.base, matcher.same_keys, selection.which, everything)
        self.base: list[PartNumber] = base.tolist()
        conditions = (*self.rule.base, *self.rule.conditions)
        self.part: list[PartNumber] = partition(conditions, matcher.same_keys, selection.which, can_join).tolist()
        counts = np.bincount(facts["filename"].codes)
        self.repeated: list[bool] = (counts[facts["filename"].codes[rows]] > 1).tolist()
        # By exposure, and by candidate:
        self.file_of: list[int] = facts["filename"].codes.tolist()
        self.first_handed_on: list[ExposureNumber] = first.tolist()

    def run(self) -> Edges:
        """Return the groups of all candidates."""
        part, obs_num = np.array(self.part), np.array(self.obs_num)
        observation = np.array(self.base) * (obs_num.max(initial=0) + 2) + obs_num + 1
        # No group has exposures of these acquisitions' observations.
        left = (part != NO_PART) | np.isin(observation, observation[part != NO_PART])
        for some in self._alike(part, np.isin(observation, observation[np.array(self.accompanies)])):
            if self._group_at_once(some):
                left[some] = False
        positions = np.flatnonzero(left)
        bounds = np.flatnonzero(np.diff(np.array(self.candidate)[positions], prepend=-1, append=-1)).tolist()
        for start, stop in pairwise(bounds):
            self._group_candidate(positions[start:stop].tolist())
        return self.edges

    def _alike(self, part: npt.NDArray[np.int64], with_acquisition: Mask) -> Iterator[list[Position]]:
        """Yield the exposures of each part that are all of one kind, and whose observation has no acquisition."""
        apart = with_acquisition | (part == NO_PART) | np.array(self.repeated) | np.array(self.stays_imprint)
        order = np.argsort(part, kind="stable")
        bounds = np.flatnonzero(np.diff(part[order], prepend=NO_PART - 1))
        same = ~np.logical_or.reduceat(apart[order], bounds)
        for values in (np.array(self.kind), np.array(self.exptype)):
            same &= np.maximum.reduceat(values[order], bounds) == np.minimum.reduceat(values[order], bounds)
        starts, stops, positions = bounds[same], np.append(bounds[1:], len(part))[same], order.tolist()
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            yield positions[start:stop]

    def _group_at_once(self, positions: list[Position]) -> bool:
        """Group the exposures of a part that are alike, if they all join the first group, or none joins another's.

        Returns
        -------
        bool
            Whether they are grouped; where they are not, nothing is done.
        """
        first, count, edges = positions[0], len(positions), self.edges
        start = self.matcher.match(self.matcher.fresh, self.kind[first])
        if not start.accepted:
            return True
        exptype, state = self._entered(first, self.matcher.fresh, start)
        join = self.matcher.match(state, self.kind[first])
        if not self.one_list and (start.retries or join.retries):
            return False  # the order of the lists depends on who is the first on each
        alone = not join.accepted
        if (join.state if alone else self._entered(first, state, join)[1]) is not state or not join.claims:
            return False
        if not alone and self._entered(first, state, join)[0] != exptype:
            return False
        groups = count if alone else 1
        number = len(edges.start)
        edges.candidate += [self.candidate[first]] * groups
        edges.start += [self.exposure[position] for position in positions[:groups]]
        edges.state += [state] * groups
        collected = {*start.collected} if alone or count == 1 else {*start.collected, *join.collected}
        edges.collected += [collected] * groups
        edges.group += cast("list[GroupNumber]", range(number, number + groups) if alone else [number] * count)
        edges.exposure += [self.exposure[position] for position in positions]
        edges.exptype += [exptype] * count
        of_series = self.matcher.bound(state, "tsovisit") == "t"
        edges.time_series += [of_series and self.may_be_series[position] for position in positions]
        return True

    def _group_candidate(self, positions: list[Position]) -> None:
        self.parts: dict[PartNumber, GroupIndex] = {}
        self.part_of: dict[GroupNumber, PartNumber] = {}
        self.peers_of: dict[GroupNumber, Peers] = {}
        self.observed: dict[tuple[PartNumber, int], set[GroupNumber]] = {}
        self.members: dict[int, set[GroupNumber]] = {}
        self.retries: dict[Retry, dict[Position, None]] = {}
        self.first_pass, self.keeps_members = True, False
        first_edge = len(self.edges.group)
        for position in positions:
            if not self._join(position) and self.can_join[position]:
                self._start(position)
        self.first_pass = False
        self._retry(positions, first_edge)
        for groups in self.parts.values():
            for peers in groups:
                for group in peers.groups:
                    self.edges.state[group] = peers.state

    def _join(self, position: Position) -> bool:
        """Put an exposure into every group that accepts it, and return whether that keeps it from starting one."""
        keeps_members = self.keeps_members or self.repeated[position]
        joined = self.members.get(self.file[position], ()) if keeps_members else ()
        claimed, entered, moves = bool(joined), [], []
        for peers, groups, observed in self._groups_for(position, joined):
            match = self.matcher.match(peers.state, self.kind[position], observed)
            state = match.state
            if match.accepted:
                claimed |= match.claims
                if match.retries:
                    entered.append((groups, match))
                state = self._enter(position, groups, peers.state, match)
            if state is not peers.state:
                moves.append((peers, groups, state))
        if self.first_pass and entered:
            self._list_retries(position, entered)
        if moves:
            self._move(moves)
        return claimed

    def _groups_for(
        self, position: Position, joined: Collection[GroupNumber]
    ) -> Iterator[tuple[Peers, Collection[GroupNumber], bool]]:
        """Yield the groups that an exposure is tried against, and whether they have exposures of its observation."""
        index = self.parts.get(self.part[position])
        found = index.find(self.kind[position]) if index is not None else ()
        if not self.accompanies[position]:
            for peers in found:
                groups = [group for group in peers.groups if group not in joined] if joined else peers.groups
                if groups:
                    yield peers, groups, False
            return
        observed = self.observed.get((self.base[position], self.obs_num[position]), set())
        groups_here = [group for peers in found for group in peers.groups]
        for group in sorted({*groups_here, *observed}.difference(joined)):
            yield self.peers_of[group], [group], group in observed

    def _list_retries(self, position: Position, entered: list[tuple[Collection[GroupNumber], Match]]) -> None:
        """Put an exposure on the lists that its matches name, in the order of the groups that it entered."""
        if not self.one_list and len(entered) > 1:
            entered.sort(key=lambda pair: min(pair[0]))
        for _, match in entered:
            for retry in match.retries:
                self.retries.setdefault(retry, {})[position] = None

    def _start(self, position: Position) -> None:
        """Start a group with an exposure, where the empty state accepts it."""
        fresh = self.matcher.fresh
        match = self.matcher.match(fresh, self.kind[position])
        if not match.accepted:
            return
        edges, group, part = self.edges, GroupNumber(len(self.edges.start)), self.part[position]
        edges.candidate.append(self.candidate[position])
        edges.start.append(self.exposure[position])
        edges.state.append(fresh)
        edges.collected.append(set())
        self.part_of[group] = part
        state = self._enter(position, [group], fresh, match)
        if match.retries:
            self._list_retries(position, [([group], match)])
        if part not in self.parts:
            self.parts[part] = GroupIndex(self.reach, self.peers_of)
        self.peers_of[group] = peers = Peers(state, {group: None})
        self.parts[part].put(peers, state)

    def _enter(self, position: Position, groups: Collection[GroupNumber], before: State, match: Match) -> State:
        """Add the edges of an exposure, and return the state of its groups afterwards."""
        edges = self.edges
        exptype, state = self._entered(position, before, match)
        series = self.may_be_series[position] and self.matcher.bound(match.state, "tsovisit") == "t"
        for group in groups:
            edges.group.append(group)
            edges.exposure.append(self.exposure[position])
            edges.exptype.append(exptype)
            edges.time_series.append(series)
            self._collect(position, group, match)
        if self.keeps_members or self.repeated[position]:
            self.members.setdefault(self.file[position], set()).update(groups)
        return state

    def _entered(self, position: Position, before: State, match: Match) -> tuple[RoleNumber, State]:
        """Return the role in which an exposure joins a group, and the state of the group afterwards."""
        exptype = self.exptype[position]
        if exptype == self.science:
            if match.entry != ACQUISITION and (name := self.rule.entries[match.entry].exptype):
                exptype = self.number[name]
            elif self.stays_imprint[position] and self.matcher.has_science(before):
                exptype = self.number["imprint"]
        return exptype, self.matcher.with_science(match.state) if exptype == self.science else match.state

    def _collect(self, position: Position, group: GroupNumber, match: Match) -> None:
        """Keep the values of an exposure that a group is to collect."""
        kept = self.edges.collected[group]
        for value in match.collected:
            if value not in kept:
                kept.add(value)
                if value[0] == "obs_num" and self.rule.acquisitions:
                    self.observed.setdefault((self.base[position], value[1]), set()).add(group)

    def _move(self, moves: list[tuple[Peers, Collection[GroupNumber], State]]) -> None:
        """Give groups other states; all are taken out before one is put back, as one may get the state of another."""
        taken = []
        for peers, groups, state in moves:
            index = self.parts[self.part_of[next(iter(groups))]]
            taken.append((index, index.take(peers, groups), state))
        for index, peers, state in taken:
            index.put(peers, state)

    def _retry(self, positions: list[Position], first_edge: int) -> None:
        """Try the retry lists, in their order, against the groups that there are after the first pass."""
        if not self.parts:
            return
        early = [some for retry, some in self.retries.items() if retry is not Retry.LATE]
        images = [*self.retries.get(Retry.LATE, ())]
        handed_on = [position for position in positions if self.handed_on[position]]
        late = [images, handed_on]
        if images and self.first_handed_on[self.candidate[images[0]]] < self.exposure[images[0]]:
            late.reverse()
        for some in (*early, *late):
            for position in some:
                index = self.parts.get(self.part[position])
                if index is not None and index.only_one and some is not handed_on and not self.accompanies[position]:
                    continue  # it is on the list because it joined a group, and this is the only one of its part
                self._keep_members(first_edge)
                self._join(position)

    def _keep_members(self, first_edge: int) -> None:
        """From now on, know the groups of every file in this candidate."""
        if self.keeps_members:
            return
        self.keeps_members = True
        for exposure, group in zip(self.edges.exposure[first_edge:], self.edges.group[first_edge:], strict=True):
            self.members.setdefault(self.file_of[exposure], set()).add(group)
