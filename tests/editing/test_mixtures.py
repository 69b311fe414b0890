"""What `asn create` says of files that do not belong together; removing by exact names; many files in one question."""

from __future__ import annotations

import csv
import io
import json

import pytest
from asnfiles import got, member, product, put
from conftest import EXAMPLES

from asngraph.model.filenames import exposure_root

POOL = EXAMPLES / "miri_mrs_background.csv"


def test_the_wrong_stage_is_warned_of(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("asn", "create", "-o", "a.json", "--product-name", "a", "a_rate.fits", "--asn-type", "image3")
    assert result.code == 0
    assert "'a_rate.fits' is a _rate; image3 takes _cal or _crf as science" in result.err
    result = run("asn", "create", "-o", "b.json", "--product-name", "b", "a_rate.fits", "b_cal.fits")
    assert "'a_rate.fits' is a _rate; stage 3 takes _cal" in result.err
    assert "b_cal" not in result.err.replace("b.json", "")
    result = run("asn", "create", "-o", "c.json", "-r", "DMSLevel2bBase", "a_cal.fits")
    assert "'a_cal.fits' is a _cal; stage 2 takes _rate or _rateints as science" in result.err


def test_mixed_exposures_are_warned_of(run, tmp_path, monkeypatch) -> None:
    pytest.importorskip("astropy", reason="needs the extra `fits`")
    from fitsfiles import write_file

    monkeypatch.chdir(tmp_path)
    image = {"TELESCOP": "JWST", "INSTRUME": "NIRCAM", "PROGRAM": "01234", "FILTER": "F200W", "EXP_TYPE": "NRC_IMAGE"}
    write_file(tmp_path / "a_cal.fits", image)
    write_file(tmp_path / "b_cal.fits", {**image, "INSTRUME": "MIRI", "PROGRAM": "05678", "FILTER": "F770W"})
    write_file(tmp_path / "c_cal.fits", {**image})
    (tmp_path / "d_cal.fits").write_bytes(b"no FITS file")
    result = run(
        "asn",
        "create",
        "-o",
        "a.json",
        "--allow-missing",
        "--asn-type",
        "image3",
        "--product-name",
        "a",
        *(f"{name}_cal.fits" for name in "abcde"),
    )
    warnings = [line for line in result.err.splitlines() if "warning" in line]
    assert result.code == 0
    assert len(warnings) == 4
    assert "d_cal.fits: its header cannot be read" in warnings[0]
    for line, what in zip(
        warnings[1:],
        ["2 programs: 01234 (a_cal.fits), 05678 (b_cal.fits)", "2 instruments", "2 filters: F200W"],
        strict=True,
    ):
        assert what in line
    assert "warning" not in run("asn", "create", "-o", "b.json", "--product-name", "b", "a_cal.fits", "c_cal.fits").err


def test_a_background_of_another_set_up_is_warned_of_in_stage_2(run, tmp_path, monkeypatch) -> None:
    pytest.importorskip("astropy", reason="needs the extra `fits`")
    from fitsfiles import write_file

    monkeypatch.chdir(tmp_path)
    for name, channel in (("a", "12"), ("b", "34")):
        write_file(tmp_path / f"{name}_rate.fits", {"INSTRUME": "MIRI", "CHANNEL": channel, "EXP_TYPE": "MIR_MRS"})
    arguments = ["-r", "DMSLevel2bBase", "a_rate.fits", "--background", "b_rate.fits"]
    result = run("asn", "create", "-o", "a.json", *arguments)
    assert "b_rate.fits is of no use as background: its CHANNEL is 34" in result.err
    assert got(tmp_path / "a.json") == [("a_rate.fits", "science"), ("b_rate.fits", "background")]


@pytest.mark.parametrize(
    ("name", "code", "left"),
    [
        ("a_cal.fits", 0, ["x/a_cal.fits", "a_x1d.fits"]),
        ("x/a_cal.fits", 0, ["a_cal.fits", "a_x1d.fits"]),
        ("a", 2, ["a_cal.fits", "x/a_cal.fits", "a_x1d.fits"]),
        ("a_uncal.fits", 2, ["a_cal.fits", "x/a_cal.fits", "a_x1d.fits"]),
    ],
)
def test_removing_by_exact_names(run, tmp_path, name: str, code: int, left: list[str]) -> None:
    asn = put(tmp_path / "a_asn.json", product("p", *map(member, ["a_cal.fits", "x/a_cal.fits", "a_x1d.fits"])))
    assert run("asn", "edit", asn, "remove", "--exact", name).code == code
    assert [expname for expname, _ in got(asn)] == left


def test_which_takes_many(run) -> None:
    names = ["jw04322001001_02102_00001_mirifulong", "jw04322002001_02101_00001_mirifulong"]
    answers = [json.loads(run("which", name, "--in", POOL, "--json").out) for name in names]
    together = run("which", *names, "--in", POOL)
    assert together.out == "".join(run("which", name, "--in", POOL).out for name in names)
    assert json.loads(run("which", *names, "--in", POOL, "--json").out) == dict(zip(names, answers, strict=True))
    rows = list(csv.DictReader(io.StringIO(run("which", *names, "--in", POOL, "--csv").out)))
    assert [(row["exposure"], row["association"], row["exptype"]) for row in rows] == [
        (name, found["association"], found["exptype"])
        for name, some in zip(names, answers, strict=True)
        for found in some
    ]
    assert {exposure_root(row["expname"]) for row in rows} == set(names)
    assert run("which", names[0], "nowhere", "--in", POOL).code == 2
