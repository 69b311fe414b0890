"""One pool divided over processes: what comes out is what one process makes, in the same order."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fuzzing import case_of
from hypothesis import given, settings
from hypothesis import strategies as st

from asngraph import observatory_rules
from asngraph.engine.division import divide
from asngraph.errors import PoolError
from asngraph.execution import Outcome, Settings, divided
from asngraph.execution.tasks import Task, outcome_of
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.rules import Rule, RuleSet
from asngraph.rules.bindings import Field, same
from asngraph.simulation import simulate

RULES = observatory_rules()
ASKED: dict[str, dict[str, Any]] = {
    "everything": {},
    "discover": {"discover": True},
    "candidates": {"all_candidates": True},
    "ids": {"ids": ["o001", "c1000", "o002", "o003"]},
    "version": {"version": "v1"},
}


@pytest.fixture(autouse=True)
def here(monkeypatch) -> list[int]:
    """Divide pools of any size; workers are this process, but what they get and return is pickled."""
    sizes: list[int] = []

    def in_this_process(
        work: Callable[[Any], Any], tasks: Iterable[Any], _lost: object, _workers: int
    ) -> Iterator[Any]:
        for task in tasks:
            sizes.append(int(task.options["part"].sum()))
            yield pickle.loads(pickle.dumps(work(pickle.loads(pickle.dumps(task)))))

    monkeypatch.setattr(divided, "SMALLEST", 1)
    monkeypatch.setattr(divided, "in_processes", in_this_process)
    return sizes


def both(pool: Pool, parts: int, rules: RuleSet = RULES, **options: Any) -> tuple[Outcome, Outcome]:
    task = Task(0, pool, Settings(listing=True, leftover=True), rules, None, options, pool.name)
    outcomes = outcome_of(task), divided.divided_outcome_of(task, rules, None if rules is RULES else rules, parts)
    one, other = (replace(outcome, texts=list(outcome.texts)) for outcome in outcomes)
    return one, other


def same_outcomes(one: Outcome, other: Outcome) -> None:
    assert replace(one, state="") == replace(other, state="")  # what an update needs is left by one process only
    assert list(one.reasons) == list(other.reasons)  # their order is that of the summary


def several_programs(seed: int) -> Pool:
    draw = random.Random(seed)
    pool = Pool.together(
        [
            simulate(draw.randint(1, 60), seed=draw.randrange(10_000), program=draw.choice([1, 2, 3]))
            for _ in range(draw.randint(1, 3))
        ]
    )
    rows = list(range(len(pool)))
    if draw.random() < 0.6:
        draw.shuffle(rows)
    return pool.take(rows)


@settings(max_examples=10)
@given(seed=st.integers(0, 100_000), asked=st.sampled_from(sorted(ASKED)), parts=st.sampled_from([2, 3, 5]))
def test_programs_of_all_modes(seed: int, asked: str, parts: int) -> None:
    same_outcomes(*both(several_programs(seed), parts, **ASKED[asked]))


@settings(max_examples=40)
@given(seed=st.integers(0, 1_000_000), asked=st.sampled_from(sorted(ASKED)), parts=st.sampled_from([2, 3]))
def test_pools_in_which_things_went_wrong(seed: int, asked: str, parts: int) -> None:
    frame = case_of(str(seed)).frame
    try:
        pool = Pool.from_frame(frame)
    except PoolError:
        return
    same_outcomes(*both(pool, parts, **ASKED[asked]))


@pytest.mark.parametrize("option", ["merge", "keep_duplicates", "with_backgrounds"])
def test_what_goes_over_the_whole_pool_is_not_divided(here: list[int], option: str) -> None:
    same_outcomes(*both(several_programs(1), 2, ids=["o001", "c1000"], **{option: True}))
    same_outcomes(*both(several_programs(1), 2, finalize=False))
    assert not here


def test_one_program_is_divided(here: list[int]) -> None:
    pool = simulate(300, seed=1)
    same_outcomes(*both(pool, 2))
    assert len(here) == 2
    assert sum(here) == len(pool)
    assert max(here) < 0.65 * len(pool)


def test_every_exposure_is_in_one_part() -> None:
    pool = several_programs(5)
    parts = divide(Facts(pool), RULES, 4)
    assert np.sum(parts, axis=0).tolist() == [1] * len(pool)


def test_files_of_one_root_remain_together() -> None:
    pool = Pool.together([simulate(12, ["nircam-imaging"], seed=1, program=number) for number in (1, 2)])
    assert len(divide(Facts(pool), RULES, 2)) == 2
    frame = pool.to_frame()
    half = len(frame) // 2
    first = frame["filename"][:half]
    frame.loc[half:, "filename"] = [*first.str.replace("_uncal", "_rate", regex=False)]
    for part in divide(Facts(Pool.from_frame(frame)), RULES, 2):
        assert part[:half].tolist() == part[half:].tolist()


def test_a_pool_in_which_the_order_of_the_retry_lists_can_matter_is_not_divided() -> None:
    frame = Pool.together([simulate(12, ["niriss-wfss"], seed=1, program=number) for number in (1, 2)]).to_frame()
    assert len(divide(Facts(Pool.from_frame(frame)), RULES, 2)) == 2
    frame.loc[0, "pntgtype"] = "target_acquisition"
    assert not divide(Facts(Pool.from_frame(frame)), RULES, 2)


OWN = Rule("Own", "All images", "own3", level=3, product="own-{asn_id}", conditions=(Field("exp_type").defined,))
BY_TARGET = replace(OWN, conditions=(same("targetid"),), product="own-{asn_id}-{targetid}")
PAIRS = replace(OWN, conditions=(same("detector"),))


def test_exposures_that_a_rule_of_your_own_connects_remain_together(here: list[int]) -> None:
    pool = Pool.together([simulate(20, ["nircam-imaging"], seed=number, program=number) for number in (1, 2)])
    same_outcomes(*both(pool, 2, RuleSet(OWN, *RULES)))
    assert not here


@pytest.mark.parametrize("rule", [BY_TARGET, PAIRS])
def test_products_of_one_name_in_several_parts_are_compared(here: list[int], rule: Rule) -> None:
    pool = Pool.together([simulate(40, ["nircam-imaging"], seed=number, program=number) for number in (1, 2, 3)])
    same_outcomes(*both(pool, 2, RuleSet(rule)))


def test_a_part_that_is_lost_is_made_here(monkeypatch, here: list[int]) -> None:
    monkeypatch.setattr(divided, "in_processes", lambda *_: (lost for lost in [None]))
    same_outcomes(*both(several_programs(3), 2))


@pytest.mark.slow
def test_workers_of_the_command_write_the_same_files(run, tmp_path, monkeypatch) -> None:
    monkeypatch.undo()
    pool = tmp_path / "pool.csv"
    simulate(divided.SMALLEST, seed=1).write(pool)
    for workers in (1, 2):
        assert run("generate", pool, "-p", tmp_path / str(workers), "--workers", workers).code == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).glob("*_asn.json")} for name in ("1", "2"))
    assert one == two
