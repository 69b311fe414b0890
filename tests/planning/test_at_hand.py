"""Plans begin with the files that exist: real make and snakemake run them from there, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from needs import ROOT, needs

import asngraph
from asngraph.planning.data_files import DataFiles
from asngraph.planning.plan import plan
from asngraph.planning.status import status
from asngraph.simulation import simulate

POOL = simulate(4, ["nircam-imaging"], seed=1, errors=0)
GRAPH = asngraph.generate(POOL)
RATES = [name.replace("_uncal", "_rate") for name in POOL["filename"]]
CALS = [name.replace("_uncal", "_cal") for name in POOL["filename"]]
STANDIN = f"{sys.executable} {ROOT / 'tests' / 'support' / 'standin.py'} {{pipeline}} {{input}}"


def put(folder: Path, *names: str) -> Path:
    """Write files, each in a folder of its own."""
    for name in names:
        own = folder / "mastDownload" / name.partition("_rate")[0]
        own.mkdir(parents=True, exist_ok=True)
        (own / name).write_text("data")
    return folder


@pytest.fixture
def associations(tmp_path: Path) -> Path:
    folder = tmp_path / "asns"
    folder.mkdir()
    for association in GRAPH:
        association.write(folder)
    return folder


def pipelines(made: Any) -> list[str]:
    return [run.pipeline for run in made.runs]


def test_runs_start_from_what_is_there(tmp_path: Path) -> None:
    images = sum(association["asn_type"] == "image3" for association in GRAPH)
    whole = pipelines(plan(GRAPH))
    assert whole.count("calwebb_detector1") == len(POOL)
    assert pipelines(plan(GRAPH, data=put(tmp_path / "none", "notes.txt"))) == whole
    of_rates = plan(GRAPH, data=put(tmp_path / "rates", *RATES))
    assert pipelines(of_rates) == [name for name in whole if name != "calwebb_detector1"]
    assert (of_rates.missing, of_rates.left_out) == ((), ())
    of_cals = plan(GRAPH, data=put(tmp_path / "cals", *CALS))
    assert pipelines(of_cals) == ["calwebb_image3"] * images
    assert len(of_cals.done) == len(POOL)
    products = [f"{association.products[0]['name']}_i2d.fits" for association in GRAPH if len(association.members) > 1]
    products += [f"{name}_i2d.fits" for a in GRAPH if a["asn_type"] == "image3" for name in [a.products[0]["name"]]]
    assert plan(GRAPH, data=put(tmp_path / "all", *CALS, *products)).runs == ()


def test_what_lacks_a_file_is_left_out_and_the_file_is_named(tmp_path: Path) -> None:
    made = plan(GRAPH, data=put(tmp_path, *RATES[1:]))
    assert made.missing == (RATES[0],)
    names = {run.name for run in made.runs} | {each.association for each in made.left_out}
    assert names == {association.file_name.removesuffix("_asn.json") for association in GRAPH}
    for association in GRAPH:
        needs_it = any(member["expname"] in (RATES[0], CALS[0]) for member in association.members)
        left_out = association.file_name.removesuffix("_asn.json") in {each.association for each in made.left_out}
        assert needs_it == left_out


def test_an_uncalibrated_file_is_run_first(tmp_path: Path) -> None:
    made = plan(GRAPH, data=put(tmp_path, *RATES[1:], POOL["filename"][0]))
    assert [run.input for run in made.runs if run.pipeline == "calwebb_detector1"] == [POOL["filename"][0]]
    assert made.missing == ()


def test_status_sees_files_in_subfolders_and_not_empty_ones(tmp_path: Path) -> None:
    put(tmp_path, *RATES)
    states = status(GRAPH, tmp_path)
    assert sum(state.complete for state in states) == len(POOL)
    next(tmp_path.rglob(RATES[0])).write_text("")
    assert sum(state.complete for state in status(GRAPH, DataFiles(tmp_path))) == len(POOL) - 1


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        pytest.param("make", "Makefile", marks=needs("make")),
        pytest.param("snakemake", "Snakefile", marks=needs("snakemake")),
    ],
)
def test_make_and_snakemake_run_from_the_rates(
    associations: Path, tmp_path: Path, run: Any, format_: str, name: str
) -> None:
    data = put(tmp_path / "my data's $folder", *RATES[1:], POOL["filename"][0])
    before = {path: path.read_text() for path in data.rglob("*") if path.is_file()}
    work = tmp_path / "work"
    work.mkdir()
    result = run("plan", associations, "--data", data, "-f", format_, "--command", STANDIN, "-o", work / name)
    assert (result.code, result.err) == (0, "")
    command = ["make", "-f", name] if format_ == "make" else [sys.executable, "-m", "snakemake", "-s", name, "-c", "1"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    log = (work / "runs.log").read_text().splitlines()
    assert sorted(line.split()[0] for line in log) == sorted(pipelines(plan(associations, data=data)))
    assert before == {path: path.read_text() for path in data.rglob("*") if path.is_file()}
    assert run("plan", associations, "--data", work).out.startswith("there is nothing to run")


def test_all_and_data_exclude_each_other(associations: Path, tmp_path: Path, run: Any) -> None:
    put(associations, *RATES)
    assert "calwebb_detector1" not in run("plan", associations).out
    assert "calwebb_detector1" in run("plan", associations, "--all").out
    assert run("plan", associations, "--all", "--data", tmp_path).code == 2
