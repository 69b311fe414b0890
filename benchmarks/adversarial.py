"""Pools that are as hard as possible for a rule: every value that it binds is in few exposures, or undefined in some.

Each gives few associations members, so that work that grows faster than the pool is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from asngraph.engine.decide import decide
from asngraph.engine.result import Request
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.rules.bindings import Field, OnlyScience, Predicate, Retry, Same, same, same_if_defined
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Entry, Rule, RuleSet, all_conditions, fields_of
from asngraph.simulation import simulate

Row = dict[str, str]

MISSING = "null"
BACKGROUND = Field("bkgdtarg").is_("t")
LAMP = Field("exp_type").is_("nrs_lamp")
SCIENCE = Entry("science", (~LAMP, OnlyScience()))


def _science(mode: str, exp_type: str) -> Row:
    frame = simulate(200, [mode], seed=1, errors=0).to_frame()
    found = frame[(frame["exp_type"] == exp_type) & ~frame["bkgdtarg"].eq("t")]
    return {str(column): str(value) for column, value in found.iloc[0].items()}


def _numbered(rows: Iterator[Row], candidate: tuple[str, str]) -> Pool:
    """Return a pool of rows, each an exposure of a name of its own, all in one candidate."""
    common = {"asn_candidate": str([candidate])}
    names = ({"filename": f"jw01000{n % 999 + 1:03d}001_02101_{n:05d}_mirifulong_uncal.fits"} for n in range(1_000_000))
    return Pool.from_frame(pd.DataFrame([row | name | common for row, name in zip(rows, names, strict=False)]))


def targets(exposures: int, share: float, backgrounds: int) -> Pool:
    """Return MIRI MRS exposures of many targets in one group candidate, the first of which are backgrounds."""
    row = _science("miri-mrs", "mir_mrs")
    cells = (
        {
            "targetid": str(int(n * share) + 1),
            "obs_num": str(n % 999 + 1),
            "bkgdtarg": "t" if n < backgrounds else "f",
        }
        for n in range(exposures)
    )
    return _numbered((row | some for some in cells), ("c1000", "group"))


def _waived(n: int) -> Row:
    return {"targetid": str(n // 2 + 1), "bkgdtarg": "f" if n else "t"}


def _alternating(n: int) -> Row:
    pair = f"v{n // 2}"
    return {"filter": pair, "pupil": MISSING} if n % 2 else {"filter": MISSING, "pupil": pair}


def _nested(n: int) -> Row:
    return _waived(n) | _alternating(n) | {"grating": f"g{n // 4}" if n % 3 else MISSING}


def _calibrated(n: int) -> Row:
    if n % 4 == 0:
        return {"exp_type": "nrs_lamp", "targetid": MISSING, "filter": MISSING}
    return {"targetid": str(n // 8 + 1), "filter": f"f{n % 3}"}


def _nearest(facts: Facts) -> Column:
    """Give each exposure the number of the calibration that was taken last; some have none."""
    number, found = 0, []
    for exp_type, filter_ in zip(facts["exp_type"], facts["filter"], strict=True):
        number += exp_type == "nrs_lamp"
        found.append(str(number) if filter_ != "f2" else MISSING)
    return Column.of(found)


def _own(name: str, *conditions: Same, **fields: object) -> Rule:
    return Rule(name, "", "spec3", 3, "jw{program}-{asn_id}_{exposure}", conditions=conditions, **fields)  # type: ignore[arg-type]


_CALIBRATION = Rule(
    "nearest_calibration",
    "",
    "spec2",
    2,
    "{exposure}",
    conditions=(same_if_defined("nearest"), same("targetid").unless(LAMP), same_if_defined("filter")),
    entries=(SCIENCE, Entry("calibration", (LAMP,), Retry.LATE)),
)

# Rules of one's own, by name, each with the cells of its exposures by their numbers.
OWN: dict[str, tuple[Rule, Callable[[int], Row]]] = {
    rule.name: (rule, cells)
    for rule, cells in (
        (_own("unless", same("targetid").unless(BACKGROUND)), _waived),
        (_own("same_if_defined", same_if_defined("filter"), same_if_defined("pupil")), _alternating),
        (_own("two_sources", same("pupil", "filter"), same("targetid").unless(BACKGROUND)), _nested),
        (
            _own("nested", same("targetid").unless(BACKGROUND), *map(same_if_defined, ("filter", "pupil", "grating"))),
            _nested,
        ),
        (_CALIBRATION, _calibrated),
    )
}


def own_pool(name: str, exposures: int) -> tuple[Pool, RuleSet]:
    """Return a rule of one's own, and its pool."""
    rule, cells = OWN[name]
    row = _science("miri-mrs", "mir_mrs")
    pool = _numbered((row | cells(n) for n in range(exposures)), ("o001", "observation"))
    return pool, RuleSet(rule, facts={"nearest": _nearest})


class Observatory:
    """The observatory's rules, with a pool for each that a simulated program has an example of."""

    def __init__(self) -> None:
        self.rules = observatory_rules()
        self._frame = simulate(3000, seed=1, errors=0).to_frame().astype(str)
        decision = decide(Pool.from_frame(self._frame), self.rules, Request())
        drafts = [association.draft for association in decision.made] + [aside.draft for aside in decision.aside]
        self._example: dict[str, int] = {}
        for draft in drafts:
            self._example.setdefault(draft.rule.name, draft.anchor)

    def names(self) -> list[str]:
        """Return the names of the rules."""
        return [rule.name for rule in self.rules if rule.name in self._example]

    def pool(self, name: str, exposures: int) -> tuple[Pool, RuleSet]:
        """Return a rule, and its pool."""
        rule = self.rules.named(name)
        assert rule is not None
        row = {str(column): value for column, value in self._frame.iloc[self._example[rule.name]].items()}
        type_ = (rule.candidates or ("observation" if rule.level == 2 else "mosaic",))[0]
        bound = [*_bound(rule)]
        rows = (row | _varied(bound, n) | {"obs_num": str(n % 999 + 1)} for n in range(exposures))
        candidate = ("o001" if type_ == "observation" else "c1000", type_)
        return _numbered(rows, candidate), RuleSet(rule, *[some for some in self.rules if some.hands_on])


def _bound(rule: Rule) -> Iterator[tuple[str, bool]]:
    """Yield the columns that a rule binds and does not test otherwise, and whether they are optional."""
    conditions = [*all_conditions(rule)]
    tested = {name for some in conditions if isinstance(some, Predicate) for name in fields_of(some)}
    for condition in conditions:
        if isinstance(condition, Same):
            for name in condition.fields:
                if name not in tested | {"program", "instrume", "exp_type", "direct_candidate"}:
                    yield name, condition.optional


def _varied(bound: list[tuple[str, bool]], n: int) -> Row:
    cells = {"targetid": str(n // 2 + 1), "bkgdtarg": "f" if n else "t"}
    for place, (name, optional) in enumerate(bound):
        cells[name] = MISSING if optional and (n + place) % 2 else f"{n // 2 + 1}"
    return cells
