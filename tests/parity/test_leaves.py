"""The test of the tests: whatever is missing from a rule, some recorded decision of the reference shows it."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from leafpools import LeafPool, digest, load, made
from mutants import mutants, rules_with
from quick import quick
from reference import reference

import asngraph
from asngraph.model.pool import Pool
from asngraph.simulation import MODES, simulate

# What cannot show in any pool, and why it is in the rule all the same.
WITHOUT_EFFECT: dict[str, str] = {}


@cache
def pools() -> tuple[LeafPool, ...]:
    return tuple(load())


RULES = [rule.name for rule in asngraph.observatory_rules() if not rule.hands_on]


@pytest.mark.parametrize("most", quick([2, 1000], 2))
def test_recorded_pools_are_decided_as_the_reference_decided_them(most: int) -> None:
    of_rules: dict[str, list[LeafPool]] = defaultdict(list)
    for pool in pools():
        of_rules[pool.kills[0].partition(" without ")[0]].append(pool)
    assert of_rules.keys() == {*RULES}
    some = [pool for each in of_rules.values() for pool in each[:most]]
    assert not [pool.kills for pool in some if digest(made(pool.pool, options=pool.options)) != pool.digest]


def decided_by_the_reference(pool: LeafPool, folder: Path) -> str:
    pool.pool.write(folder / "leaf_pool.csv")
    return digest(reference(folder / "leaf_pool.csv", pool.options))


@pytest.mark.slow
@pytest.mark.parity
def test_the_reference_decides_recorded_pools_as_recorded(tmp_path: Path) -> None:
    assert not [pool.kills for pool in pools()[::10] if decided_by_the_reference(pool, tmp_path) != pool.digest]


@pytest.mark.parity_long
def test_the_reference_decides_all_recorded_pools_as_recorded(tmp_path: Path) -> None:
    assert not [pool.kills for pool in pools() if decided_by_the_reference(pool, tmp_path) != pool.digest]


@pytest.mark.parametrize("rule", quick(RULES, "Asn_Lv2NRSMSA", "Asn_Lv3MIRMRS", "Asn_Lv3WFSSNIS"))
def test_whatever_is_missing_from_a_rule_is_noticed(rule: str) -> None:
    showing: dict[str, list[LeafPool]] = defaultdict(list)
    for pool in pools():
        for kill in pool.kills:
            showing[kill].append(pool)
    unnoticed = []
    for name, what, mutant in mutants(each for each in asngraph.observatory_rules() if each.name == rule):
        known = showing[f"{name} without {what}"]
        if not any(digest(made(pool.pool, rules_with(mutant), options=pool.options)) != pool.digest for pool in known):
            unnoticed.append(what)
    assert set(unnoticed) == {key.split(" without ")[1] for key in WITHOUT_EFFECT if key.split()[0] == rule}


def of_another_candidate_too(pool: Pool, candidate: str) -> Pool:
    """Give every exposure a second candidate, which has backgrounds besides: all is made again, or with more."""
    frame = pool.to_frame()
    frame["asn_candidate"] = frame["asn_candidate"].str.replace("]", f", {candidate}]")
    background = frame[frame["exp_type"].str.endswith("wfss")].head(1).copy()
    background[["asn_candidate", "bkgdtarg", "filename"]] = f"[{candidate}]", "t", "background_uncal.fits"
    return Pool.from_frame(pd.concat([frame, background]))


def counts() -> dict[str, Counter[str]]:
    """Count, by rule, the associations that are valid, invalid and set aside as duplicates, over many pools."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    simulated = [simulate(80, [mode], seed=seed) for mode in MODES for seed in range(4)]
    recorded = [each.pool for each in pools()]
    again = [of_another_candidate_too(pool, "('o998', 'observation')") for pool in simulated]
    parallel = [of_another_candidate_too(simulate(80, ["wfss-parallel"]), "('c2998', 'direct_image')")]
    for pool in [*simulated, *recorded, *again, *parallel]:
        graph = asngraph.generate(pool, keep_duplicates=True)
        for each in graph.decision.made:
            if not each.name.startswith("dup"):
                counted[each.draft.rule.name]["valid"] += 1
        for aside in graph.decision.aside:
            kind = "invalid" if aside.duplicate_of is None else "duplicate"
            counted[aside.draft.rule.name][kind] += 1
    return counted


@pytest.mark.slow
def test_every_rule_was_exercised_with_valid_invalid_and_pruned_associations() -> None:
    counted = counts()
    for rule in asngraph.observatory_rules():
        if not rule.hands_on:
            assert counted[rule.name]["valid"], rule.name
            assert counted[rule.name]["invalid"], rule.name
            assert counted[rule.name]["duplicate"], rule.name


if __name__ == "__main__":
    print(f"{'rule':<28} {'valid':>7} {'invalid':>8} {'pruned':>7}")
    for name, count in sorted(counts().items()):
        print(f"{name:<28} {count['valid']:>7} {count['invalid']:>8} {count['duplicate']:>7}")
