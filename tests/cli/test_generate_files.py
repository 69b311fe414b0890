"""``asngraph generate`` of FITS files: what is made, what is ready, and what has to be fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fitsfiles import write_files
from needs import needs

from asngraph.model.pool import Pool
from asngraph.pools.gaps import lost_exposures
from asngraph.simulation import simulate

pytestmark = needs("astropy")

EXISTS = 2
# Three exposures of five detectors each, in one activity.
POOL = simulate(15, ["nircam-mosaic"], seed=4, errors=0, program=4321)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """All but one exposure as _rate, one of these as _uncal only and another one as both."""
    folder = tmp_path / "data" / "below"
    folder.mkdir(parents=True)
    write_files(POOL, folder, "rate", rows=[row for row in range(len(POOL)) if row not in (1, 3)])
    write_files(POOL, folder, "uncal", rows=[3, 4])
    return folder.parent


def root(row: int) -> str:
    return POOL["filename"][row].removesuffix("_uncal.fits")


def test_associations_of_a_folder_in_one_go(data: Path, tmp_path: Path, run: Any) -> None:
    out, names, pool = tmp_path / "asns", tmp_path / "names.txt", tmp_path / "pool.csv"
    result = run("generate", data, "-p", out, "--missing", names, "--save-pool", pool)
    assert result.code == 0, result.err
    associations = {file.name: json.loads(file.read_text()) for file in out.glob("*_asn.json")}
    there = {file.name for file in data.rglob("*.fits")}
    ready = [
        name
        for name, association in associations.items()
        if {member["expname"] for product in association["products"] for member in product["members"]} <= there
    ]
    assert f"ready: {len(ready)} of {len(associations)}, " in result.err
    assert names.read_text() == f"{root(1)}_rate.fits\n"
    assert len(Pool.read(pool)) == len(POOL) - 1  # both stages of an exposure are one
    assert {association["asn_pool"] for association in associations.values()} == {"pool.csv"}
    assert run("generate", pool, "-p", tmp_path / "again").code == 0
    again = {file.name: json.loads(file.read_text()) for file in (tmp_path / "again").glob("*_asn.json")}
    assert again == associations


def test_nothing_else_is_replaced(data: Path, tmp_path: Path, run: Any) -> None:
    mine = tmp_path / "mine.csv"
    for text in ("filename|program\n", "notes of mine\n"):
        mine.write_text(text)
        for option in ("--save-pool", "--missing"):
            result = run("generate", data, "-p", tmp_path / "asns", option, mine)
            assert (result.code, mine.read_text(), "already exists" in result.err) == (EXISTS, text, True)
    assert not (tmp_path / "asns").exists()
    again = ["generate", data, "-p", tmp_path / "asns", "--missing", tmp_path / "m", "--save-pool", tmp_path / "p"]
    assert [run(*again).code for _ in range(2)] == [0, 0]


def test_options_of_files_require_files(tmp_path: Path, run: Any) -> None:
    POOL.write(tmp_path / "pool.csv")
    result = run("generate", tmp_path / "pool.csv", "-p", tmp_path / "asns", "--missing", tmp_path / "m")
    assert (result.code, "--missing requires FITS files" in result.err) == (2, True)


def test_broken_files_are_named_and_passed_over(data: Path, tmp_path: Path, run: Any) -> None:
    (data / "jw04321001001_02101_00009_nrca1_rate.fits").write_bytes(b"SIMPLE  = cut off")
    result = run("generate", data, "-p", tmp_path / "asns", "-v")
    assert result.code == 0
    assert "jw04321001001_02101_00009_nrca1_rate.fits: is truncated" in result.err
    assert "  ready: " in result.err


def test_each_lost_exposure_between_others_is_found() -> None:
    drawn = simulate(90, ["nircam-mosaic"], seed=4, errors=0)
    last = drawn["filename"][len(drawn) - 1][:19]  # its activity is cut off
    pool = drawn.take([row for row, name in enumerate(drawn["filename"]) if not name.startswith(last)])
    assert lost_exposures(pool) == {}
    taken = [name.removesuffix("_uncal.fits").rsplit("_", 2) for name in pool["filename"]]
    found = 0
    for row, (activity, number, detector) in enumerate(taken):
        rest = pool.take([other for other in range(len(pool)) if other != row])
        beside = [each for place, each in enumerate(taken) if place != row and each[0] == activity]
        seen = any(each[2] == detector for each in beside) and max(each[1] for each in beside) >= number
        assert list(lost_exposures(rest)) == (["_".join((activity, number, detector))] if seen else [])
        found += seen
    assert found
