"""The groups of one part of a candidate, found by what they have bound.

Groups that have bound the same values accept the same exposures: they are *peers*, and are tried once. Which peers may
accept an exposure is looked up: their bound values are those that the exposure has. An exposure without a value (it is
waived, or the key is optional) is free in this key, and groups that have not bound a key are free in it, too. There is
a table for each set of keys that some groups have bound and that some exposure is not free in, so that a look-up costs
as much as it finds, and not as many peers as there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NewType

from asngraph.engine.matching import KindNumber, State
from asngraph.engine.reach import FREE, REFUSED, Bound, Codes, Needed, Reach

GroupNumber = NewType("GroupNumber", int)

# From this many peers on they are looked up; fewer are tried one by one.
LOOKED_UP_FROM = 8

# By the places of the keys that count, then by the numbers of their values: the peers that have bound these.
_Tables = dict[tuple[int, ...], dict[tuple[int, ...], dict["Peers", None]]]


class Peers:
    """Groups of one part that are in the same state.

    Attributes
    ----------
    state : State
        The state.
    groups : dict
        The groups, as keys.
    """

    __slots__ = ("groups", "state")

    def __init__(self, state: State, groups: dict[GroupNumber, None]) -> None:
        self.state, self.groups = state, groups


class GroupIndex:
    """The groups of one part.

    Invariant: every group is in exactly one `Peers`; no two peers have the same state (states are interned by the
    matcher and compared by identity), and none is without groups.

    Parameters
    ----------
    reach : Reach
        What the kinds of exposures require of a group's state.
    peers_of : dict
        The peers of each group; kept up to date by the index.
    """

    __slots__ = ("_by_state", "_peers_of", "_reach", "_tables")

    def __init__(self, reach: Reach, peers_of: dict[GroupNumber, Peers]) -> None:
        self._reach, self._peers_of = reach, peers_of
        self._by_state: dict[State, Peers] = {}
        # None until there are many peers.
        self._tables: dict[Bound, _Tables] | None = None

    @property
    def only_one(self) -> bool:
        """Whether there is one group only."""
        return len(self._by_state) == 1 and len(next(iter(self._by_state.values())).groups) == 1

    def __iter__(self) -> Iterator[Peers]:
        return iter(self._by_state.values())

    def find(self, kind: KindNumber) -> Collection[Peers]:
        """Return the peers that may accept a kind of exposure, or change when they refuse it.

        Parameters
        ----------
        kind : int
            The number of the kind.
        """
        if len(self._by_state) < LOOKED_UP_FROM:
            return list(self._by_state.values())
        if self._tables is None:
            self._tables = {}
            for peers in self._by_state.values():
                self._file(peers)
        found: dict[Peers, None] = {}
        for needed in self._reach.needed(kind):
            for bound in self._tables:
                key = _key(bound, needed)
                if key is not None:
                    found |= self._table(bound, key[0]).get(key[1], {})
        return found

    def take(self, peers: Peers, groups: Collection[GroupNumber]) -> Peers:
        """Take groups out, to be put back in another state, and return them as peers.

        Parameters
        ----------
        peers : Peers
            The peers that they have.
        groups : collection of int
            Some of the groups of `peers`, or all.
        """
        if len(groups) == len(peers.groups):
            self._remove(peers)
            return peers
        taken = Peers(peers.state, dict.fromkeys(groups))
        for group in groups:
            del peers.groups[group]
            self._peers_of[group] = taken
        return taken

    def put(self, peers: Peers, state: State) -> None:
        """Put groups in, together with those that are in the same state.

        Parameters
        ----------
        peers : Peers
            The groups.
        state : State
            The state that they have from now on.
        """
        same = self._by_state.get(state)
        if same is None or len(same.groups) < len(peers.groups):
            if same is not None:
                self._remove(same)
            peers.state = state
            self._by_state[state] = peers
            self._file(peers)
            same, peers = peers, same
        for group in peers.groups if peers is not None else ():
            same.groups[group] = None
            self._peers_of[group] = same

    def _remove(self, peers: Peers) -> None:
        del self._by_state[peers.state]
        self._file(peers, remove=True)

    def _file(self, peers: Peers, *, remove: bool = False) -> None:
        """Put peers into the tables, or take them out."""
        if self._tables is None:
            return
        bound, codes = self._reach.bound(peers.state)
        for places, table in self._tables.setdefault(bound, {}).items():
            key = tuple(codes[place] for place in places)
            if remove:
                del table[key][peers]
            else:
                table.setdefault(key, {})[peers] = None

    def _table(self, bound: Bound, places: tuple[int, ...]) -> dict[Codes, dict[Peers, None]]:
        assert self._tables is not None
        tables = self._tables[bound]
        if places not in tables:
            table = tables[places] = {}
            for peers in self._by_state.values():
                of_peers, codes = self._reach.bound(peers.state)
                if of_peers == bound:
                    table.setdefault(tuple(codes[place] for place in places), {})[peers] = None
        return tables[places]


def _key(bound: Bound, needed: Needed) -> tuple[tuple[int, ...], Codes] | None:
    """Return the places of the bound values that count, and the numbers that they must have; None if one is refused."""
    places, codes = [], []
    for place, (slot, source) in enumerate(bound):
        code = needed[slot][source] if slot in needed else FREE
        if code == REFUSED:
            return None
        if code != FREE:
            places.append(place)
            codes.append(code)
    return tuple(places), tuple(codes)
