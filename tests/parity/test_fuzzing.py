"""All options together, on small pools of all observing modes in which things went wrong: ours and jwst side by side.

``pytest -m parity`` runs a few cases. ``pytest -s -m parity_long tests/parity/test_fuzzing.py`` runs 500, or as the
environment says: ASNGRAPH_FUZZ_CASES how many, ASNGRAPH_FUZZ_MINUTES for how long at most, ASNGRAPH_FUZZ_SEED from
which seed. It prints each case on which both differ for no known cause, cut down, and how many there were of each
outcome.
"""

from __future__ import annotations

import os
import time
from collections import Counter

import pandas as pd
import pytest
from fuzzing import Case, Options, case_of, cases, check, shrunk
from handmade_pools import IMAGE
from quick import quick


def run(seed: int, count: int, minutes: float) -> tuple[Counter[str], list[str]]:
    """Check cases; return how many there were of each outcome, and those that nothing explains."""
    counted: Counter[str] = Counter()
    unexplained = []
    until = time.monotonic() + 60 * minutes
    for name, case in cases(seed, count):
        if time.monotonic() > until:
            break
        outcome, why = check(case)
        counted[f"{outcome}: {why}" if outcome in ("raises", "explained") else outcome] += 1
        if outcome == "unexplained":
            smaller = shrunk(case)
            unexplained.append(f"seed {name}, options {smaller}{check(smaller)[1]}")
            print(unexplained[-1], flush=True)
        if not counted.total() % 100:
            print(f"seed {seed}: {counted.total()} pools, {len(unexplained)} unexplained", flush=True)
    return counted, unexplained


@pytest.mark.parity
@pytest.mark.parametrize("count", quick([5, 25], 5))
def test_all_options_together(count: int) -> None:
    counted, unexplained = run(seed=0, count=count, minutes=0.3)
    assert not unexplained
    assert counted["same"]


@pytest.mark.parity_long
def test_all_options_together_for_long() -> None:
    count = int(os.environ.get("ASNGRAPH_FUZZ_CASES", "500"))
    seed = int(os.environ.get("ASNGRAPH_FUZZ_SEED", "1"))
    counted, unexplained = run(seed, count, float(os.environ.get("ASNGRAPH_FUZZ_MINUTES", "600")))
    print(f"seed {seed}: {dict(counted)}")
    assert not unexplained


def test_the_same_seed_gives_the_same_case() -> None:
    assert str(case_of("3-4")) == str(case_of("3-4")) != str(case_of("3-5"))


def image(**cells: str) -> pd.DataFrame:
    return pd.DataFrame([{"filename": "e1_uncal.fits", "program": "1", "pntgtype": "science", "targetid": "1"}
                         | {"asn_candidate": "[('o001', 'observation')]"} | IMAGE | cells])  # fmt: skip


@pytest.mark.parity
@pytest.mark.parametrize(
    ("ids", "flags", "cells", "outcome"),
    [
        (("o001",), ("--no-finalize",), {}, "same"),
        (("O001",), ("--no-finalize",), {}, "explained"),
        (("o001", "o001"), ("--no-finalize",), {}, "explained"),
        ((), ("-v", "-D"), {}, "same"),
        ((), ("-D", "-v"), {}, "explained"),
        ((), (), {"asn_candidate": "o001"}, "explained"),
        ((), (), {"exp_type": "null"}, "raises"),
    ],
)
def test_differences_are_known_by_their_cause(
    ids: tuple[str, ...], flags: tuple[str, ...], cells: dict[str, str], outcome: str
) -> None:
    assert check(Case(image(**cells), Options(ids, flags=flags)))[0] == outcome


@pytest.mark.parity
def test_what_nothing_explains_is_seen_and_cut_down(monkeypatch: pytest.MonkeyPatch) -> None:
    import fuzzing

    reference = fuzzing.reference
    monkeypatch.setattr(fuzzing, "reference", lambda *given: dict(list(reference(*given).items())[1:]))
    case = Case(pd.concat([image(), image(filename="e2_uncal.fits")]), Options(("o001", "o335"), version="V7"))
    assert check(case)[0] == "unexplained"
    smaller = shrunk(case)
    assert (len(smaller.frame), smaller.options) == (1, Options(("o001",)))
