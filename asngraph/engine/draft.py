"""Drafts: the associations extracted from the groups of a rule, before they are completed and numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from asngraph.engine.grouping import Edges
from asngraph.model.candidate import Candidate
from asngraph.model.derived_columns import Facts, in_integrations
from asngraph.model.exposure_types import CALIBRATED
from asngraph.model.filenames import escaped, with_suffix
from asngraph.rules.rule import Rule

PRODUCT = -1  # in place of the number of an exposure, for a member that is a product


class Member(NamedTuple):
    """A member of an association: an exposure, or a product."""

    expname: str
    exptype: str
    exposure: int = PRODUCT


@dataclass(slots=True, eq=False)
class Draft:
    """An association before it is decided.

    Attributes
    ----------
    rule : Rule
        The rule that made it.
    edges, group : Edges, int
        The groups of the rule, and the number of its own.
    candidate : Candidate
        Its candidate.
    start : int
        The exposure that started it; associations are ordered by its place in the pool.
    anchor : int
        The exposure around which it is built: the first that is science, or the one that started it.
    members : list of Member
        Its members, in order.
    degraded : bool
        Whether an exposure that joined has an error.
    product : str
        The name of its product; empty until it is known.
    replaced : tuple of Member
        Exposures that a product made of them represents among the members.
    sequence : int
        Its number; 0 until it is numbered.
    """

    rule: Rule
    edges: Edges
    group: int
    candidate: Candidate
    start: int
    anchor: int
    members: list[Member]
    degraded: bool = False
    product: str = ""
    replaced: tuple[Member, ...] = ()
    sequence: int = 0

    def exposures(self, exptype: str) -> list[Member]:
        """Return the members that have a role."""
        return [member for member in self.members if member.exptype == exptype]

    def bound(self, slot: str) -> str | None:
        """Return the value that its exposures share in a slot, or None."""
        return self.edges.matcher.bound(self.edges.state[self.group], slot)

    @property
    def all_bound(self) -> dict[str, str]:
        """The columns that its exposures share, with their values."""
        return self.edges.matcher.all_bound(self.edges.state[self.group])

    @property
    def program(self) -> str:
        """The program, in five characters, without slashes, so that no file name leads to another folder."""
        return f"{self.edges.matcher.facts['program'][self.start]:0>5s}".replace("/", "")

    @property
    def target(self) -> str:
        """The target as product names have it, ``t001``."""
        number = escaped(self.bound("direct_candidate") or self.bound("targetid") or "")
        return f"t{number:0>3s}"

    def collected(self, name: str) -> list[str]:
        """Return the distinct values of a column that it collected, sorted."""
        values = self.edges.matcher.facts[name].values
        return sorted(values[code] for column, code in self.edges.collected[self.group] if column == name)


def extract(rule: Rule, edges: Edges, facts: Facts, candidates: Sequence[Candidate]) -> Iterator[Draft]:
    """Extract the associations from a rule's groups.

    Parameters
    ----------
    rule : Rule
        The rule.
    edges : Edges
        Its groups.
    facts : Facts
        The columns of the exposures.
    candidates : sequence of Candidate
        The candidates, by their numbers in `edges`.

    Yields
    ------
    Draft
        One for each group, in the order in which groups were started.

    Notes
    -----
    O(m log m) in the edges.
    """
    order = np.argsort(np.array(edges.group), kind="stable")
    exposures = np.array(edges.exposure, dtype=np.int32)[order]
    roles = np.array(edges.exptype, dtype=np.int32)[order]
    whole = in_integrations(facts, coronagraphy=rule.coronagraphy)[exposures]
    whole |= np.array(edges.time_series, dtype=bool)[order]
    errors = facts["exposerr"].defined[exposures]
    bounds = np.searchsorted(np.array(edges.group)[order], np.arange(len(edges.start) + 1)).tolist()
    names = _MemberNames(rule, facts)
    members = [
        Member(names.name(exposure, edges.exptypes[role], integrations), edges.exptypes[role], exposure)
        for exposure, role, integrations in zip(exposures.tolist(), roles.tolist(), whole.tolist(), strict=True)
    ]
    degraded = np.concatenate(([0], np.cumsum(errors))).tolist()
    for group, (first, last) in enumerate(pairwise(bounds)):
        own = members[first:last]
        start = edges.start[group]
        anchor = next((member.exposure for member in own if member.exptype == "science"), start)
        candidate = candidates[edges.candidate[group]]
        yield Draft(rule, edges, group, candidate, start, anchor, own, degraded[last] > degraded[first])


class _MemberNames:
    """The names of exposures as members: those of the files that the stage before makes of them."""

    def __init__(self, rule: Rule, facts: Facts) -> None:
        self._level = rule.level
        self._files = facts["filename"]
        self._calibrated = facts["exp_type"].where(CALIBRATED.__contains__)
        self._known: dict[tuple[int, str], str] = {}

    def name(self, exposure: int, exptype: str, integrations: bool) -> str:
        if self._level == 2:
            suffix = "rate"
        elif exptype == "background":
            suffix = "x1d"
        else:
            suffix = "cal" if self._calibrated[exposure] else "rate"
        if integrations:
            suffix += "ints"
        key = exposure, suffix
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = with_suffix(self._files[exposure], suffix)
        return name
