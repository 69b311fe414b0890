"""Associations whose members are named with their folders, as `asngraph combine` makes them, in make and snakemake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from needs import needs

import asngraph

pytest.importorskip("astropy", reason="astropy is not installed (extra `fits`)")
from fitsfiles import write_files

RUNNERS = [
    pytest.param("make", ["make", "-f", "plan"], marks=needs("make")),
    pytest.param(
        "snakemake",
        [sys.executable, "-m", "snakemake", "-s", "plan", "-c", "1"],
        marks=[needs("snakemake"), pytest.mark.slow],
    ),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder of _rate files of two detectors, in a folder of its own each."""
    pool = asngraph.Pool.read(EXAMPLES / "nircam_mosaic.csv")
    for row in (0, 1):
        own = tmp_path / "data" / f"exposure{row}"
        own.mkdir(parents=True)
        write_files(pool, own, "rate", rows=[row])
    return tmp_path / "data"


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize(("format_", "command"), RUNNERS)
def test_what_combine_makes_runs(
    data: Path, tmp_path: Path, run: Any, format_: str, command: list[str], within: bool
) -> None:
    work = (data if within else tmp_path) / "asns"
    combined = run("combine", data, "--stage", "both", "-p", work)
    assert (combined.code, "missing" in combined.err) == (0, False)  # stage 2 makes what stage 3 needs
    before = {path: path.read_bytes() for path in data.rglob("*.fits")}
    options = ("--data", data, "-f", format_, "--command", "touch {outputs}")
    assert run("plan", work, *options, "-o", work / "plan").code == 0
    subprocess.run(command, cwd=work, check=True, capture_output=True)
    products = {product["name"] for path in work.glob("*_asn.json") for product in asngraph.load_asn(path).products}
    made = {path.name.rpartition("_")[0] for path in work.glob("*.fits") if path not in before}
    assert products and made == products
    assert before == {path: path.read_bytes() for path in before}


def test_a_stage_3_alone_says_what_it_lacks(data: Path, tmp_path: Path, run: Any) -> None:
    combined = run("combine", data, "-p", tmp_path / "asns")
    lacking = {
        member["expname"] for path in (tmp_path / "asns").iterdir() for member in asngraph.load_asn(path).members
    }
    assert f"missing files: {len(lacking)}, such as " in combined.err
    assert all(name.endswith("_cal.fits") for name in lacking)


@needs("make")
def test_a_run_of_unknown_outputs_has_its_marker(tmp_path: Path, run: Any) -> None:
    member = {"expname": "jw04321001001_02101_00001_mirifulong_cal.fits", "exptype": "science"}
    products = [{"name": "star", "members": [member]}]
    asn = {"asn_type": "spec3", "asn_id": "a3001", "asn_rule": "x", "program": "04321", "products": products}
    asngraph.Association(asn, "s_asn.json").write(tmp_path)
    (tmp_path / member["expname"]).write_text("data")
    arguments = ["plan", tmp_path, "-f", "make", "--command", "echo by {name} > {outputs}", "-o", tmp_path / "Makefile"]
    assert run(*arguments).code == 0
    subprocess.run(["make", "-C", tmp_path], check=True, capture_output=True)
    assert (tmp_path / "s.done").read_text() == "by s\n"


@pytest.mark.parametrize("folder", ["../a", "a/../b", "/a b", "$(touch pwned)", "a:b", "-rf", "/a//b", "a/./b", "~"])
def test_other_folders_are_refused(tmp_path: Path, run: Any, folder: str) -> None:
    member = {"expname": f"{folder}/x_cal.fits", "exptype": "science"}
    products = [{"name": "field", "members": [member]}]
    asn = {"asn_type": "image3", "asn_id": "a3001", "asn_rule": "x", "program": "04321", "products": products}
    asngraph.Association(asn, "s_asn.json").write(tmp_path)
    for format_ in ("make", "snakemake"):
        result = run("plan", tmp_path, "-f", format_, "-o", tmp_path / "plan")
        assert (result.code, "cannot be used in a Makefile" in result.err) == (2, True)
        assert not (tmp_path / "plan").exists()
