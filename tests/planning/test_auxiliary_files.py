"""Runs of stage 2 have the auxiliary files of their exposures at hand, wherever they are below the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asngraph.simulation import simulate


@pytest.mark.parametrize("exists", [True, False])
def test_msa_plans_are_linked_into_the_folder_of_the_runs(run, tmp_path: Path, exists: bool) -> None:
    pool = simulate(12, ["nirspec-msa"], seed=1)
    pool.write(tmp_path / "pool.csv")
    used = dict(zip(pool["filename"], pool["msametfl"], strict=True))
    plans = {name for name in used.values() if name != "null"}
    for name in [name.replace("_uncal", "_rate") for name in pool["filename"]] + sorted(plans) * exists:
        (tmp_path / "data" / name[:10] / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name[:10] / name).write_text("counts")
    assert run("generate", tmp_path / "pool.csv", "-p", tmp_path / "asns").code == 0
    result = run("plan", tmp_path / "asns", "--data", tmp_path / "data", "-f", "json")
    runs = [each for each in json.loads(result.out)["runs"] if each["pipeline"] == "calwebb_spec2"]
    assert runs
    for each in runs:
        members = [name.replace("_rate", "_uncal") for name in each["needs"] if name.endswith("_rate.fits")]
        wanted = {used[name] for name in members} - {"null"} if exists else set()
        assert {name for name in each["needs"] if name.endswith("_msa.fits")} == wanted
    (tmp_path / "run").mkdir()
    made = run(
        "plan", tmp_path / "asns", "--data", tmp_path / "data", "-f", "make", "-o", tmp_path / "run" / "Makefile"
    )
    assert made.code == 0, made.err
    text = (tmp_path / "run" / "Makefile").read_text()
    assert all((str(tmp_path / "data" / name[:10] / name) in text) == exists for name in plans)
