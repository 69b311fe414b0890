"""The ordered pass, against a definition of it that is slow and plain: row by row, and group by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from asngraph.engine import group_index
from asngraph.engine.grouping import derive_edges
from asngraph.engine.matching import ACQUISITION, Match, Matcher
from asngraph.engine.selection import NO_DIRECT_CANDIDATE, Selection, accompanying, eligible, partition
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts, Roles
from asngraph.model.pool import Pool
from asngraph.rules.bindings import Collect, Either, OneOf, OnlyScience, Predicate, Retry, Same, same, same_if_defined
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Entry, Rule, all_conditions
from asngraph.simulation import simulate

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Who started a group, and its members in order.
Found = tuple[int, list[tuple[int, str]]]

# --- The definition ---------------------------------------------------------------------------------------------------


@dataclass
class Group:
    """A group: its state, and what joined it."""

    start: int
    state: Any = None
    science: bool = False
    members: list[tuple[int, str]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    collected: set[tuple[str, Any]] = field(default_factory=set)


class Definition:
    """The ordered pass over one candidate: every exposure is tried against every group that there is, in order.

    `match` tries a row against a group, and says what comes of it; the state of a group that is empty is None.
    """

    def __init__(
        self, rule: Rule, facts: Facts, match: Callable[[Group, int, bool], Match], obs_num: Callable[[int], Any]
    ):
        self.rule, self.facts, self.match, self.obs_num = rule, facts, match, obs_num
        columns = facts.for_roles(rule.roles)
        self.exptype, self.file = columns["exptype"], facts["filename"]
        self.can_join, self.accompanies = eligible(rule, columns), accompanying(rule, columns)
        self.groups: list[Group] = []
        self.lists: dict[Retry, list[int]] = {}

    def run(self, rows: list[int], handed_on: list[int]) -> list[Group]:
        used = [row for row in rows if self.can_join[row] or self.accompanies[row]]
        for row in used:
            if not self.join(row, first=True) and self.can_join[row]:
                group = Group(row)
                match = self.match(group, row, False)
                if match.accepted:
                    self.groups.append(group)
                    self.enter(row, group, match, first=True)
        late = [self.lists.pop(Retry.LATE, []), [row for row in used if row in handed_on]]
        if late[0] and handed_on and handed_on[0] < late[0][0]:
            late.reverse()
        for some in (*self.lists.values(), *late):
            for row in dict.fromkeys(some):
                self.join(row, first=False)
        return self.groups

    def join(self, row: int, *, first: bool) -> bool:
        claimed = False
        for group in self.groups:
            if self.file[row] in group.files:
                claimed = True
                continue
            observed = bool(self.accompanies[row]) and ("obs_num", self.obs_num(row)) in group.collected
            match = self.match(group, row, observed)
            group.state = match.state
            if match.accepted:
                claimed |= match.claims
                self.enter(row, group, match, first=first)
        return claimed

    def enter(self, row: int, group: Group, match: Match, *, first: bool) -> None:
        role = self.exptype[row]
        if role == "science" and match.entry != ACQUISITION:
            role = self.rule.entries[match.entry].exptype or ("imprint" if self.stays_imprint(row, group) else role)
        group.members.append((row, role))
        group.files.add(self.file[row])
        group.collected.update(match.collected)
        group.state, group.science = match.state, group.science or role == "science"
        for retry in match.retries if first else ():
            self.lists.setdefault(retry, []).append(row)

    def stays_imprint(self, row: int, group: Group) -> bool:
        """Where all is science, and an association has one science exposure only, later imprints are imprints."""
        one = any(isinstance(condition, OnlyScience) for condition in all_conditions(self.rule))
        return one and group.science and self.rule.roles is Roles.SCIENCE and self.facts["role"][row] == "imprint"


def found(
    rule: Rule, facts: Facts, selection: Selection, handed_on: Any
) -> list[list[tuple[int, list[tuple[int, str]]]]]:
    """Return, for each candidate, the groups of the package: who started each, and its members in order."""
    candidates: list[list[Found]] = [[] for _ in selection.types]
    edges = derive_edges(rule, facts, selection, np.ones(len(selection.types), dtype=bool), handed_on)
    if edges is None:
        return candidates
    members: list[list[tuple[int, str]]] = [[] for _ in edges.start]
    for group, exposure, exptype in zip(edges.group, edges.exposure, edges.exptype, strict=True):
        members[group].append((exposure, edges.exptypes[exptype]))
    for candidate, start, some in zip(edges.candidate, edges.start, members, strict=True):
        candidates[candidate].append((start, some))
    return [sorted(some, key=lambda group: group[0]) for some in candidates]


def select(candidates: list[list[int]]) -> Selection:
    rows = np.array([*chain.from_iterable(candidates)], dtype=np.int32)
    which = np.repeat(np.arange(len(candidates)), [len(some) for some in candidates]).astype(np.int32)
    return Selection(rows, which, np.full(len(rows), NO_DIRECT_CANDIDATE, np.int32), ("observation",) * len(candidates))


# --- Conditions, read plainly ---------------------------------------------------------------------------------------


class Plain:
    """A rule's conditions, read one by one; a state is the bound values, and whether the group was released."""

    def __init__(self, rule: Rule, facts: Facts) -> None:
        self.rule, self.facts = rule, facts.for_roles(rule.roles)

    def __call__(self, group: Group, row: int, observed: bool) -> Match:
        bound, released = group.state or ({}, False)
        self.science = group.science
        self.bound, self.retries, self.kept = dict(bound), [], []
        if not self.meets_all(self.rule.base, row):
            return Match(False, group.state)
        if self.meets_all(self.rule.conditions, row):
            for number, entry in enumerate(self.rule.entries):
                if self.meets_all(entry.conditions, row):
                    released = released or entry.releases
                    retries = (*self.retries, *([entry.retry] if entry.retry else []))
                    after: Any = (self.bound, released)
                    return Match(True, after, number, retries, self.collected(row), not released)
        if observed and self.facts["role"][row] == "target_acquisition":
            after = (self.bound, released)
            return Match(True, after, collected=tuple(self.kept))
        return Match(False, group.state)

    def meets_all(self, conditions: tuple[Any, ...], row: int) -> bool:
        return all(self.meets(condition, row) for condition in conditions)

    def collected(self, row: int) -> tuple[tuple[str, Any], ...]:
        own = self.facts["obs_num"][row]
        return (*self.kept, *([("obs_num", own)] if is_defined(own) else []))

    def meets(self, condition: Any, row: int) -> bool:
        if isinstance(condition, Predicate):
            return bool(condition.mask(self.facts)[row])
        if isinstance(condition, Same):
            return self.same(condition, row)
        if isinstance(condition, Either):
            return any(self.meets_all(way, row) for way in condition.ways)
        if isinstance(condition, OnlyScience):
            return not self.science
        assert isinstance(condition, Collect)
        if is_defined(self.facts[condition.field][row]):
            self.kept.append((condition.field, self.facts[condition.field][row]))
        return True

    def same(self, condition: Same, row: int) -> bool:
        passes = True
        if condition.waived is None or not condition.waived.mask(self.facts)[row]:
            own = [(name, self.facts[name][row]) for name in condition.fields if is_defined(self.facts[name][row])]
            if condition.slot in self.bound:
                name, value = self.bound[condition.slot]
                cell = self.facts[name][row]
                passes = cell == value or (condition.optional and not is_defined(cell))
            elif own:
                self.bound[condition.slot] = own[0]
            else:
                passes = condition.optional
        if passes and condition.retry:
            self.retries.append(condition.retry)
        return passes


BACKGROUND, SCIENCE = OneOf("role", ("background",)), OneOf("role", ("science",))
CONDITIONS = (
    same("targetid"),
    same("targetid").unless(BACKGROUND),
    same_if_defined("targetid"),
    same("filter", "pupil").as_("optics"),
    same_if_defined("filter").handed_on(),
    same_if_defined("filter", "pupil").as_("optional optics"),
    same("pupil", "filter").unless(SCIENCE).as_("waived optics"),
    same_if_defined("obs_num").unless(BACKGROUND),
    same("pupil").handed_on(),
    Either(((same("pupil"),), (same("filter"),))),
    Either(((same("pupil").unless(BACKGROUND),), (same("filter").as_("other filter"),))),
    Either(((same_if_defined("targetid").as_("other target"),), (same("filter").as_("third filter"),))),
    Either(((SCIENCE, same("pupil").as_("of science")), (same("filter").as_("of others"),))),
    Collect("filter"),
)
ENTRIES = (
    Entry("science", (SCIENCE,)),
    Entry("only science", (SCIENCE, OnlyScience())),
    Entry("background", (BACKGROUND,), retry=Retry.LATE),
    Entry("psf", (OneOf("role", ("psf",)),), retry=Retry.IMPRINTS, releases=True),
    Entry("another", exptype="psf"),
)
CELLS = {
    "targetid": ("1", "2", "null"),
    "filter": ("f1", "f2", "null"),
    "pupil": ("p1", "p2", "null"),
    "obs_num": ("1", "2"),
    "exp_type": ("nis_image", "nis_image", "nis_tacq"),
    "bkgdtarg": ("f", "f", "t"),
    "is_psf": ("f", "f", "t"),
    "program": ("1",),
    "pntgtype": ("science",),
}
POOLS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CELLS.items()}), min_size=1, max_size=9
)


def a_rule(conditions: list[Any], entries: list[Entry], acquisitions: bool) -> Rule:
    base = (same("program"),)
    return Rule("A", "", "image3", 3, "x", base, tuple(conditions), tuple(entries), acquisitions=acquisitions)


RULES = st.builds(
    a_rule,
    st.lists(st.sampled_from(CONDITIONS), max_size=3, unique=True),
    st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3, unique=True),
    st.booleans(),
)


@pytest.fixture(params=[0, group_index.LOOKED_UP_FROM], ids=["looked up", "one by one"])
def looked_up_from(request: pytest.FixtureRequest) -> Iterator[None]:
    """Small parts are looked up too, or large ones only."""
    with mock.patch.object(group_index, "LOOKED_UP_FROM", request.param):
        yield


@pytest.mark.usefixtures("looked_up_from")
@settings(max_examples=2 * settings().max_examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RULES, POOLS, st.data())
def test_the_pass_is_as_defined(rule: Rule, rows: list[dict[str, str]], data: st.DataObject) -> None:
    """Parts, peers, look-up and what is known of kinds and states change nothing of what the plain definition gives."""
    some = st.lists(st.sampled_from(range(len(rows))), unique=True).map(sorted)
    names = [f"a{number}_uncal.fits" for number in range(len(rows))]
    for number in data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=1), "rows of a file named before"):
        names[number] = names[0]
    frame = pd.DataFrame([{"filename": name} | row for name, row in zip(names, rows, strict=True)])
    facts = Facts(Pool.from_frame(frame))
    candidates, handed_on = [data.draw(some), [*range(len(rows))]], data.draw(some, "handed on")
    mask = np.isin(np.arange(len(rows)), handed_on)
    for candidate, groups in zip(candidates, found(rule, facts, select(candidates), mask), strict=True):
        definition = Definition(rule, facts, Plain(rule, facts), facts["obs_num"].__getitem__)
        expected = definition.run(candidate, [row for row in candidate if row in handed_on])
        assert groups == [(group.start, group.members) for group in expected]


@pytest.mark.usefixtures("looked_up_from")
@pytest.mark.parametrize(
    "mode", ["nirspec-msa", "miri-mrs", "niriss-wfss", "nircam-coronagraphy", "nirspec-ifu", "nirspec-fixed-slit"]
)
def test_the_observatorys_rules_pass_as_defined(mode: str) -> None:
    """Here conditions are the engine's own, tried without parts and peers: one group at a time, whatever the part."""
    frame = simulate(14, [mode], seed=5).to_frame().sample(frac=1, random_state=1)
    facts = Facts(Pool.from_frame(frame.reset_index(drop=True)))
    everything = [*range(len(facts.pool))]
    selection, handed_on = select([everything]), np.zeros(len(everything), dtype=bool)
    made = 0
    for rule in observatory_rules():
        if rule.hands_on:
            continue
        matcher = Matcher(rule, facts.for_roles(rule.roles), selection)

        def match(group: Group, row: int, observed: bool, matcher: Matcher = matcher) -> Match:
            before = group.state or matcher.fresh
            before = matcher.with_science(before) if group.science else before
            return matcher.match(before, matcher.kind_of[row], observed)

        definition = Definition(rule, facts, match, facts["obs_num"].keys.__getitem__)
        [groups] = found(rule, facts, selection, handed_on)
        assert groups == [(group.start, group.members) for group in definition.run(everything, [])], rule.name
        made += len(groups)
    assert made


@given(POOLS)
def test_exposures_of_different_parts_never_meet(rows: list[dict[str, str]]) -> None:
    frame = pd.DataFrame([{"filename": f"a{number}_uncal.fits"} | row for number, row in enumerate(rows)])
    facts = Facts(Pool.from_frame(frame))
    rule = a_rule([same("targetid"), same_if_defined("filter")], [ENTRIES[-1]], acquisitions=False)
    selection = select([[*range(len(rows))]])
    matcher = Matcher(rule, facts.for_roles(rule.roles), selection)
    among = eligible(rule, facts.for_roles(rule.roles))
    part = partition((*rule.base, *rule.conditions), matcher.same_keys, selection.which, among)
    [groups] = found(rule, facts, selection, np.zeros(len(rows), dtype=bool))
    for _, members in groups:
        assert len({part[row] for row, _ in members}) == 1


@pytest.mark.parametrize("late", [1, 2])
def test_of_the_last_lists_the_one_that_begins_first_is_tried_first(late: int) -> None:
    """The second science exposure starts a group, which the background and the psf that came before join at the end."""
    psf = Entry("psf", (OneOf("role", ("psf",)),))
    rule = a_rule([], [ENTRIES[1], ENTRIES[2], psf], acquisitions=False)
    flags = {late: "bkgdtarg", 3 - late: "is_psf"}
    common = {name: values[0] for name, values in CELLS.items()}
    rows = [{"filename": f"a{n}_uncal.fits"} | common | ({flags[n]: "t"} if n in flags else {}) for n in range(4)]
    facts = Facts(Pool.from_frame(pd.DataFrame(rows)))
    [groups] = found(rule, facts, select([[0, 1, 2, 3]]), np.arange(4) == 3 - late)
    assert [[row for row, _ in members] for _, members in groups] == [[0, 1, 2], [3, 1, 2]]
