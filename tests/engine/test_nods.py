"""Nods are each other's background, but for those with light at the same place: held against each pair."""

import time
from typing import Any

import pandas as pd
import pytest

from asngraph.engine.draft import Draft, Member
from asngraph.engine.nods import overlap_reason, split_nods
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

CELLS = {
    "exp_type": ("nrs_fixedslit", "nrs_msaspec", "nrs_ifu"),
    "fxd_slit": ("s1600a1", "s200a1"),
    "targetid": ("1", "2"),
    "numdthpt": ("5", "10", "null"),
    "patt_num": ("1", "2", "3", "7", "null"),
    "subpxpts": ("1", "2", "null"),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.sampled_from(some) for name, some in CELLS.items()}), max_size=8)


def draft_of(rows: list[dict[str, str]]) -> tuple[Draft, Facts]:
    frame = pd.DataFrame([{"filename": f"a{number}_uncal.fits"} | row for number, row in enumerate(rows)])
    members = [Member(f"a{number}_cal.fits", "science", number) for number in range(len(rows))]
    nothing: Any = None
    members.append(Member("imprint.fits", "imprint", 0))
    return Draft(nothing, nothing, 0, nothing, 0, 0, members), Facts(Pool.from_frame(frame))


def overlap(row: dict[str, str], other: dict[str, str]) -> bool:
    """Return whether another nod has light at this one's source, read from the columns."""
    if row["exp_type"] == "nrs_ifu":
        return False
    if row["targetid"] != other["targetid"]:
        return True
    undefined = "null" in (row["numdthpt"], row["patt_num"], row["subpxpts"], other["patt_num"], other["subpxpts"])
    if undefined:
        return row["exp_type"] == "nrs_fixedslit"
    own, there = ((int(some["patt_num"]) - 1) // int(some["subpxpts"]) for some in (row, other))
    crowded = int(row["numdthpt"]) // int(row["subpxpts"]) == 5 and row["fxd_slit"] == "s1600a1"
    return own == there or (crowded and row["exp_type"] == "nrs_fixedslit" and abs(own - there) == 1)


@settings(max_examples=60)
@given(ROWS)
def test_the_backgrounds_of_a_nod_are_the_others_that_it_does_not_overlap(rows: list[dict[str, str]]) -> None:
    if not rows:
        return
    split = split_nods(*draft_of(rows))
    assert [association.anchor for association in split] == [*range(len(rows))]
    for number, association in enumerate(split):
        apart = [other for other in range(len(rows)) if other != number and not overlap(rows[number], rows[other])]
        found = [(member.exposure, member.exptype) for member in association.members]
        assert found == [(number, "science"), *((other, "background") for other in apart), (0, "imprint")]


def test_many_nods_at_one_position_are_no_work_for_each_pair() -> None:
    row = {name: some[0] for name, some in CELLS.items()}
    draft, facts = draft_of([row] * 3000)
    assert overlap_reason(0, 1, facts)[0]
    start = time.process_time()
    assert all(len(association.members) == 2 for association in split_nods(draft, facts))
    assert time.process_time() - start < 1  # by pairs it takes several seconds
