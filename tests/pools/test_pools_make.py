"""Pools from the headers of FITS files."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from conftest import Result
from fitsfiles import cards_of, write_file, write_files

import asngraph
from asngraph.model.column import Column
from asngraph.model.derived_columns import INPUTS_OF_FACTS
from asngraph.model.filenames import with_suffix
from asngraph.model.pool import Pool
from asngraph.pools.from_headers import COLUMNS, fits_files, pool_from_headers
from asngraph.pools.link import link
from asngraph.pools.observations import linking_candidates, observations_of
from asngraph.rules import observatory_rules
from asngraph.rules.rule import all_conditions, fields_of
from asngraph.simulation import MODES, simulate

Run = Callable[..., Result]


def associations(pool: Pool) -> dict[str, dict[str, Any]]:
    return {each.file_name: dict(each) for each in asngraph.generate(pool)}


def as_linked(made: Pool, simulated: Pool) -> Pool:
    """Link the observations of a pool as those of a simulated one are."""
    for candidate in linking_candidates(simulated):
        own = [each.name for each in observations_of(simulated) if candidate in each.candidates]
        made = link(made, candidate.type, own, id_=candidate.id).pool
    return made


def complete(simulated: Pool) -> Pool:
    """Leave out observations whose partners fell off the end."""
    observations = observations_of(simulated)
    left = set(range(len(simulated)))
    for candidate in linking_candidates(simulated):
        own = [each for each in observations if candidate in each.candidates]
        if len(own) < 2:
            left -= {row for each in own for row in each.rows}
    return simulated.take(sorted(left))


def changed_to(pool: Pool, **values: str) -> Pool:
    """Return a pool in which some columns have one value throughout."""
    constant = {name: Column.constant(text, len(pool)) for name, text in values.items()}
    return Pool({**pool.columns, **constant}, pool.name)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "mode"), list(enumerate(MODES)))
def test_headers_give_the_associations_of_the_pool_they_were_written_of(number: int, mode: str, tmp_path: Path) -> None:
    suffix = ("uncal", "rate", "cal")[number % 3]
    simulated = complete(simulate(25, [mode], seed=number, errors=0))
    files = write_files(simulated, tmp_path, suffix)
    result = pool_from_headers(files, name=simulated.name)
    assert result.pool is not None
    assert not result.problems
    made = as_linked(result.pool, simulated)
    # Two things are in no header: of which mosaic tile an exposure is, and the notes of the ground system.
    assert associations(made) == associations(changed_to(simulated, mostilno="1", dms_note="null"))


@pytest.mark.parametrize("mode", ["nirspec-ifu", "miri-mrs", "wavefront-sensing"])
def test_what_a_header_has_beyond_the_dictionary_is_taken(mode: str, tmp_path: Path) -> None:
    simulated = complete(simulate(40, [mode], seed=3, errors=0))
    files = write_files(simulated, tmp_path, more=("mostilno", "dms_note"))
    result = pool_from_headers(files, name=simulated.name)
    assert result.pool is not None
    assert associations(as_linked(result.pool, simulated)) == associations(simulated)


@pytest.fixture
def simulated() -> Pool:
    return simulate(4, ["niriss-imaging"], seed=1, errors=0)


@pytest.fixture
def cards(simulated: Pool) -> dict[str, Any]:
    return cards_of(simulated, 0)


NAME = "jw01234001001_02101_00001_nis_rate.fits"


@pytest.mark.parametrize(
    ("keyword", "value", "column", "cell"),
    [
        ("TSOVISIT", True, "tsovisit", "t"),
        ("TSOVISIT", "TRUE", "tsovisit", "t"),
        ("BKGDTARG", 1, "bkgdtarg", "t"),
        ("IS_IMPRT", True, "is_imprt", "t"),
        ("IS_PSF", False, "is_psf", "f"),
        ("PROGRAM", 747, "program", "00747"),
        ("OBSERVTN", 3, "obs_num", "3"),
        ("FILTER", fits.card.UNDEFINED, "filter", "null"),
        ("FILTER", "N/A", "filter", "n/a"),
        ("FXD_SLIT", "NONE", "fxd_slit", "null"),
        ("NINTS", 2.0, "nints", "2.0"),
        ("PATT_NUM", 3, "dithptin", "3"),
        ("TARGETID", "12", "targetid", "12"),
        ("PNTGTYPE", "TARGET_ACQUISITION", "pntgtype", "target_acquisition"),
    ],
)
def test_values(keyword: str, value: Any, column: str, cell: str, cards: dict[str, Any], tmp_path: Path) -> None:
    result = pool_from_headers([write_file(tmp_path / NAME, cards | {keyword: value})])
    assert result.pool is not None
    assert result.pool[column][0] == cell
    assert result.pool["filename"][0] == "jw01234001001_02101_00001_nis_uncal.fits"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"PROGRAM": "../../etc"}, "is not a program's number"),
        ({"MSAMETFL": "../secret.fits"}, "leads to another folder"),
        ({"TSOVISIT": "MAYBE"}, "TSOVISIT 'MAYBE' is neither true nor false"),
        ({"EXP_TYPE": fits.card.UNDEFINED}, "has no EXP_TYPE"),
        ({"EXP_TYPE": None, "OBSERVTN": ""}, "has no OBSERVTN, EXP_TYPE"),
        ({"OBSERVTN": "ABC"}, "OBSERVTN 'abc' is not a number"),
        ({"TELESCOP": "HST"}, "is of 'HST', not of JWST"),
    ],
)
def test_values_that_cannot_be(
    change: dict[str, Any], said: str, cards: dict[str, Any], tmp_path: Path, run: Run
) -> None:
    good = write_file(tmp_path / NAME, cards)
    bad = write_file(tmp_path / NAME.replace("00001", "00002"), cards | change)
    ended = run("pool", "make", good, bad, "-o", tmp_path / "pool.csv")
    assert ended.code == 1
    assert f"{bad}: " in ended.err
    assert said in ended.err
    assert "1 of 2 files gave no exposure" in ended.err
    assert len(Pool.read(tmp_path / "pool.csv")) == 1


def broken(kind: str, path: Path, whole: bytes) -> Path:
    if kind == "missing":
        return path
    if kind == "folder":
        (path / "inner").mkdir(parents=True)
        return path / "inner"
    contents = {
        "empty": b"",
        "text": b"this is no FITS file\n" * 300,
        "other FITS": whole.replace(b"SIMPLE", b"SAMPLE"),
        "cut in the header": whole[:1000],
        "header without end": whole.replace(b"END" + b" " * 77, b" " * 80),
        "cut in the data": whole + b"\0" * 100,
        "cut gzip": gzip.compress(whole)[:200],
        "no gzip": b"\x1f\x8b" + b"x" * 4000,
        "endless header": whole[:80] + (b"COMMENT x" + b" " * 71) * 40_000,
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "does not exist"),
        ("empty", "is empty"),
        ("text", "is not a FITS file"),
        ("other FITS", "is not a FITS file"),
        ("cut in the header", "is truncated"),
        ("header without end", "is truncated"),
        ("cut in the data", "is truncated"),
        ("cut gzip", "is truncated"),
        ("no gzip", "truncated, or is not a gzip file"),
        ("endless header", "has a header of more than"),
    ],
)
def test_files_that_are_broken(kind: str, said: str, cards: dict[str, Any], tmp_path: Path, run: Run) -> None:
    good = write_file(tmp_path / NAME, cards)
    bad = broken(kind, tmp_path / NAME.replace("00001", "00002"), good.read_bytes())
    ended = run("pool", "make", bad, good, "-o", tmp_path / "pool.csv")
    assert ended.code == 1
    lines = [line for line in ended.err.splitlines() if str(bad) in line]
    assert len(lines) == 1
    assert said in lines[0]
    assert len(Pool.read(tmp_path / "pool.csv")) == 1


def test_an_odd_card_costs_no_more_than_its_file(cards: dict[str, Any], tmp_path: Path, run: Run) -> None:
    good = write_file(tmp_path / NAME, cards)
    for number, old in enumerate((b"FILTER  = 'CLEAR", b"DETECTOR= 'NIS", b"BKGDTARG=   ")):
        new = old[:-2] + b"\xff\x01"
        content = good.read_bytes()
        assert old in content
        (tmp_path / NAME.replace("00001", f"0001{number}")).write_bytes(content.replace(old, new))
    ended = run("pool", "make", tmp_path, "-o", tmp_path / "pool.csv")
    assert "Traceback" not in ended.err
    assert NAME.replace("rate", "uncal") in list(Pool.read(tmp_path / "pool.csv")["filename"])


def test_names_that_could_do_harm(cards: dict[str, Any], tmp_path: Path, run: Run) -> None:
    for name in ("a\\..\\b_rate.fits", "a\nb_rate.fits", "a\x1b[31m_rate.fits"):
        write_file(tmp_path / name, cards)
    ended = run("pool", "make", tmp_path, "-o", tmp_path / "pool.csv")
    assert ended.code == 1
    assert not (tmp_path / "pool.csv").exists()
    assert len(ended.err.splitlines()) == 4
    assert "\x1b" not in ended.err


def test_what_is_no_exposure_is_passed_over(simulated: Pool, tmp_path: Path, run: Run) -> None:
    write_files(simulated, tmp_path)
    for name in ("jw01234-o001_t001_niriss_f200w_i2d.fits", "jw01234001001_01_msa.fits", "jw01234_gs-fg_2022.fits"):
        (tmp_path / name).write_text("anything")
    ended = run("pool", "make", *sorted(tmp_path.glob("*.fits")), "-o", tmp_path / "pool.csv")
    assert ended.code == 0
    assert "3 files: its name is not that of an exposure; skipped" in ended.err
    assert len(Pool.read(tmp_path / "pool.csv")) == len(simulated)


def test_all_stages_of_one_exposure_give_one_row(simulated: Pool, tmp_path: Path) -> None:
    for suffix in ("uncal", "rate", "rateints", "cal"):
        write_files(simulated, tmp_path, suffix)
    for file in tmp_path.glob("*_cal.fits"):
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    result = pool_from_headers(fits_files([tmp_path]))
    assert result.pool is not None
    assert sorted(result.pool["filename"]) == sorted(simulated["filename"])
    assert len(result.again) == 3 * len(simulated)
    assert not result.problems


@pytest.mark.parametrize(
    ("name", "exposure"),
    [
        ("jw01234001001_02101_00001_nrca1_o001_crf.fits", "jw01234001001_02101_00001_nrca1_uncal.fits"),
        ("jw01234001001_0210a_00001-seg002_nis_rateints.fits.gz", "jw01234001001_0210a_00001-seg002_nis_uncal.fits"),
        ("jw01234001001_02101_00001_nrs1_rate_cleaned.fits", "jw01234001001_02101_00001_nrs1_uncal.fits"),
        ("mine_cal.fits", "mine_uncal.fits"),
        ("mine.fits", "mine.fits"),
    ],
)
def test_names(name: str, exposure: str, cards: dict[str, Any], tmp_path: Path) -> None:
    result = pool_from_headers([write_file(tmp_path / name, cards)])
    assert result.pool is not None
    assert list(result.pool["filename"]) == [exposure]
    assert bool(result.notes) == (name == exposure)


def test_without_astropy(cards: dict[str, Any], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_file(tmp_path / NAME, cards)
    monkeypatch.setitem(sys.modules, "astropy.io.fits", None)
    ended = run("pool", "make", file, "-o", tmp_path / "pool.csv")
    assert ended.code == 1
    assert "pip install 'asngraph[fits]'" in ended.err


def test_stages_of_one_exposure_that_do_not_agree(simulated: Pool, cards: dict[str, Any], tmp_path: Path) -> None:
    [first] = write_files(simulated, tmp_path, rows=[0])
    second = write_file(tmp_path / with_suffix(first.name, "cal"), cards | {"FILTER": "GR150R"})
    result = pool_from_headers([first, second])
    assert [problem.file for problem in result.problems] == [str(second)]
    assert "has filter 'gr150r' where that has 'clear'" in result.problems[0].problem


def test_options_of_the_reference(simulated: Pool, tmp_path: Path, run: Run) -> None:
    write_files(simulated, tmp_path)
    options = ["--asn-candidate", "[('c1000', 'background')]", "--dms-note", "wfsc_los_jitter", "--is-imprt", "t"]
    ended = run("pool", "make", tmp_path, "-o", tmp_path / "p.csv", *options, "--pntgtype", "target_acquisition")
    assert ended.code == 0
    pool = Pool.read(tmp_path / "p.csv")
    assert {*pool["asn_candidate"]} >= {"[('o001', 'observation'), ('c1000', 'background')]"}
    assert {*pool["dms_note"], *pool["is_imprt"], *pool["pntgtype"]} == {"wfsc_los_jitter", "t", "target_acquisition"}
    assert run("pool", "make", tmp_path, "-o", tmp_path / "q.csv", "--asn-candidate", "c1000").code == 2


def test_targets_come_back(tmp_path: Path, cards: dict[str, Any]) -> None:
    """A target that comes again after another has its number again."""
    names = ["M-1", "BACKGROUND", "M-1", None, "BACKGROUND"]
    files = [
        write_file(tmp_path / NAME.replace("00001", f"{n:05d}"), cards | {"TARGPROP": name, "TARGNAME": None})
        for n, name in enumerate(names)
    ]
    result = pool_from_headers(files)
    assert result.pool is not None
    assert list(result.pool["targetid"]) == ["1", "2", "1", "null", "2"]


def test_every_column_that_rules_ask_for_is_there() -> None:
    asked = {
        name
        for rule in observatory_rules()
        for condition in all_conditions(rule)
        for field in fields_of(condition)
        for name in INPUTS_OF_FACTS.get(field, (field,))
    }
    assert asked - {"direct_candidate"} <= {*COLUMNS}


def test_keywords_in_the_first_extension(cards: dict[str, Any], tmp_path: Path) -> None:
    science = fits.ImageHDU(name="SCI")
    for keyword, value in cards.items():
        science.header[keyword] = value
    fits.HDUList([fits.PrimaryHDU(), science]).writeto(tmp_path / NAME)
    result = pool_from_headers([tmp_path / NAME])
    assert result.pool is not None
    assert result.pool["instrume"][0] == "niriss"


def test_a_pool_is_not_replaced_unasked(simulated: Pool, tmp_path: Path, run: Run) -> None:
    write_files(simulated, tmp_path)
    (tmp_path / "pool.csv").write_text("mine")
    assert run("pool", "make", tmp_path, "-o", tmp_path / "pool.csv").code == 2
    assert (tmp_path / "pool.csv").read_text() == "mine"
    assert run("pool", "make", tmp_path, "-o", tmp_path / "pool.csv", "--replace").code == 0
