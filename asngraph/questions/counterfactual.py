"""Counterfactuals: the cells of an exposure that would have to change for it to join an association."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from asngraph.engine.draft import Draft
from asngraph.engine.explanation import EntryExplanation, Refusal, group_members
from asngraph.model.column import Column
from asngraph.model.derived_columns import INPUTS_OF_FACTS, ROLE_OF_FLAG, Derivation, Facts
from asngraph.model.exposure_types import ROLE_OF_EXP_TYPE
from asngraph.model.optical_paths import OPTICAL_FACTS
from asngraph.model.pool import Pool, changed
from asngraph.model.roles import Role
from asngraph.rules.bindings import DEFINED_EXAMPLE, AloneIn, And, Called, Not, OnlyScience, Or, Predicate, Unmet
from asngraph.rules.rule import Rule

Cells = dict[str, str]

# The number of exposures whose cells are tried.
_MOST_MODELS = 30


class Remedy(NamedTuple):
    """Change of cells that would meet one condition.

    Parameters
    ----------
    cells : dict of str to str
        Columns, and values that would meet the condition; empty if it does not depend on cells of the exposure.
    resolved : tuple of Unmet
        The unmet parts of the condition that the change meets; not all of them if the condition has alternatives.
    """

    cells: Cells
    resolved: tuple[Unmet, ...]


class Remedies:
    """Finder of changes that would meet the conditions of a rule, for one exposure.

    Values are taken from a model: an exposure of the association, or else of the pool, that meets the condition. If
    no exposure meets it, they are taken from an example.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : Facts
        The columns of the pool, and those derived from them.
    row : int
        The row of the exposure.
    draft : Draft, optional
        The association that it would join.
    more : mapping of str to callable
        Derived columns of the user's own rules.
    settled : collection of str
        Columns whose values are already right and must not change.
    """

    def __init__(
        self,
        rule: Rule,
        facts: Facts,
        row: int,
        draft: Draft | None,
        more: Mapping[str, Derivation],
        settled: Collection[str] = (),
    ) -> None:
        self._rule, self._facts, self._row, self._more = rule, facts, row, more
        self._seen = facts.for_roles(rule.roles)
        self._members = [] if draft is None else [member for member, _ in group_members(draft)]
        self._settled = frozenset(settled)

    def of(self, entry: EntryExplanation) -> list[Remedy]:
        """Return a remedy for each refusal of an entry, considering bound columns first."""
        found: dict[int, Remedy] = {}
        so_far: Cells = {}
        for bound in (True, False):
            for place, refusal in enumerate(entry.refusals):
                condition = refusal.condition
                if isinstance(condition, Predicate) == bound:
                    continue
                if isinstance(condition, Predicate):
                    found[place] = self._of_predicate(condition, so_far)
                else:
                    found[place] = Remedy(dict(self._of_binding(refusal)), refusal.unmet)
                so_far |= found[place].cells
        return [found[place] for place in range(len(entry.refusals))]

    def _of_binding(self, refusal: Refusal) -> Iterator[tuple[str, str]]:
        """Yield columns with their bound values; unbound ones with the first defined value of the pool."""
        if isinstance(refusal.condition, OnlyScience | AloneIn):
            return
        for unmet in refusal.unmet:
            if unmet.field in self._more or unmet.field in INPUTS_OF_FACTS:
                continue
            value = unmet.example
            if unmet.bound_by is None and value == DEFINED_EXAMPLE:
                column = self._facts[unmet.field]
                known = np.flatnonzero(column.defined)
                value = column[int(known[0])] if len(known) else "1"
            if value is not None and value != unmet.value:
                yield unmet.field, value

    def _of_predicate(self, condition: Predicate, so_far: Cells) -> Remedy:
        if so_far and not self._unmet_with(condition, so_far):  # something else asks for the same cells
            cells = self._least(condition, so_far, {})
            return Remedy(cells, tuple(self._resolved(condition, cells)))
        settled = self._settled | set(so_far)
        columns = [column for column in self._columns(condition, so_far) if column not in settled]
        options = [*self._models(condition, columns), self._example(condition, wanted=True)]
        free = [{column: value for column, value in cells.items() if column not in settled} for cells in options]
        for cells in (*free, options[-1]):
            if not self._unmet_with(condition, so_far | cells):
                cells = self._least(condition, cells, so_far)
                return Remedy(cells, tuple(self._resolved(condition, so_far | cells)))
        return Remedy({}, tuple(condition.unmet(self._seen, self._row)))

    def _columns(self, condition: Predicate, so_far: Cells) -> Iterator[str]:
        """Yield the columns of the pool on which the failed parts of a condition depend."""
        for each in self._unmet_with(condition, so_far):
            if each.field not in self._more:
                yield from INPUTS_OF_FACTS.get(each.field, (each.field,))

    def _models(self, condition: Predicate, columns: Sequence[str]) -> list[Cells]:
        """Return the values of columns in exposures that meet a condition, those of the association first."""
        passed = condition.mask(self._seen)
        others = np.flatnonzero(passed)[:_MOST_MODELS].tolist()
        found: dict[tuple[str, ...], Cells] = {}
        for row in (*(member for member in self._members if passed[member]), *others):
            cells = {column: self._facts[column][row] for column in columns}
            found.setdefault(tuple(cells.values()), cells)
        return list(found.values())[:_MOST_MODELS]

    def _least(self, condition: Predicate, cells: Cells, so_far: Cells) -> Cells:
        """Return the cells without those that are not needed."""
        cells = {column: value for column, value in cells.items() if value != self._facts[column][self._row]}
        for column in list(cells):
            fewer = {name: value for name, value in cells.items() if name != column}
            if not self._unmet_with(condition, so_far | fewer):
                cells = fewer
        return cells

    def _resolved(self, condition: Predicate, cells: Cells) -> Iterator[Unmet]:
        """Yield the unmet parts of a condition that cells would meet."""
        would_be = self._with(cells)
        for leaf, wanted in condition.tests():
            if not leaf.unmet(would_be, 0, wanted=wanted):
                yield from leaf.unmet(self._seen, self._row, wanted=wanted)

    def _unmet_with(self, condition: Predicate, cells: Cells) -> list[Unmet]:
        return condition.unmet(self._with(cells), 0)

    def _with(self, cells: Cells) -> Mapping[str, Column]:
        """Return the columns of only this exposure, with some cells changed."""
        alone = changed(self._alone, {(0, column): value for column, value in cells.items()})
        return Facts(alone, self._more).for_roles(self._rule.roles)

    @cached_property
    def _alone(self) -> Pool:
        return self._facts.pool.take([self._row])

    def _example(self, condition: Predicate, *, wanted: bool) -> Cells:
        """Return example cells that meet a condition which no exposure of the pool meets."""
        if not condition.unmet(self._seen, self._row, wanted=wanted):
            return {}
        if isinstance(condition, Called | Not):
            return self._example(condition.part, wanted=wanted != isinstance(condition, Not))
        if isinstance(condition, And | Or):
            parts = [self._example(part, wanted=wanted) for part in condition.parts]
            if isinstance(condition, And) == wanted:
                return {column: value for part in parts for column, value in part.items()}
            return min(parts, key=len)
        cells: Cells = {}
        for unmet in condition.unmet(self._seen, self._row, wanted=wanted):
            cells |= self._made_up(unmet, wanted=wanted)
        return cells

    def _made_up(self, unmet: Unmet, *, wanted: bool) -> Cells:
        if unmet.field in OPTICAL_FACTS:
            fact = OPTICAL_FACTS[unmet.field]
            return dict(zip(fact.fields, fact.example, strict=True)) if wanted else {}
        if unmet.field in ("role", "exptype"):
            return _of_role(unmet.example or "null", unmet.value)
        return {} if unmet.example is None or unmet.field in self._more else {unmet.field: unmet.example}


def _of_role(role: str, now: str) -> Cells:
    """Return the cells that give an exposure a role."""
    science = {"pntgtype": "science", **dict.fromkeys(ROLE_OF_FLAG, "f")}
    if role == Role.SCIENCE:
        return science
    flag = next((flag for flag, name in ROLE_OF_FLAG.items() if name == role), None)
    exp_type = next((exp_type for exp_type, name in ROLE_OF_EXP_TYPE.items() if name == role), None)
    if flag is None and exp_type is not None:
        return science | {"exp_type": exp_type}
    return (science if now != Role.SCIENCE else {}) | {flag or "bkgdtarg": "t"}
