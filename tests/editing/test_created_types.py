"""Associations made by hand: their types, and members that do not exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fitsfiles import write_files
from needs import needs

from asngraph.simulation import simulate

LEVEL2 = ("-r", "DMSLevel2bBase")


def made(path: Path) -> Any:
    return json.loads(path.read_text())["asn_type"]


@needs("astropy")
@pytest.mark.parametrize(
    ("mode", "exp_type", "types"),
    [
        ("miri-imaging", "mir_image", ("image2", "image3")),
        ("miri-mrs", "mir_mrs", ("spec2", "spec3")),
        ("nircam-wfss", "nrc_wfss", ("spec2", "spec3")),
        ("niriss-interferometry", "nis_ami", ("image2", "ami3")),
        ("nirspec-bright-object", "nrs_brightobj", ("tso-spec2", "tso3")),
    ],
)
def test_the_type_comes_from_headers(
    tmp_path: Path, run: Any, mode: str, exp_type: str, types: tuple[str, str]
) -> None:
    pool = simulate(30, [mode], seed=1, errors=0)
    rows = [row for row, text in enumerate(pool["exp_type"]) if text == exp_type][:2]
    for suffix, options, expected in (("rate", LEVEL2, types[0]), ("cal", ("--product-name", "p"), types[1])):
        files = write_files(pool, tmp_path, suffix, rows=rows)
        out = tmp_path / f"{suffix}_asn.json"
        result = run("asn", "create", *files, "-o", out, *options)
        assert (result.code, made(out), "--asn-type" in result.err) == (0, expected, False), result.err


def test_the_type_comes_from_names_or_is_asked_for(tmp_path: Path, run: Any) -> None:
    name, out = "jw01234001001_02101_00001_{}_cal.fits", tmp_path / "x_asn.json"
    for detector, expected, said in (("nrs1", "spec3", ""), ("nrca1", "image3", "--asn-type spec3"), ("", "None", "")):
        file = name.format(detector) if detector else "own_cal.fits"
        result = run("asn", "create", file, "-o", out, "--product-name", "p", "--overwrite")
        assert (result.code, made(out)) == (0, expected)
        assert said in result.err
    assert "give --asn-type image3 or spec3" in result.err
    assert run("asn", "create", "own_cal.fits", "-o", out, "--product-name", "p", "--asn-type", "spec3", "--overwrite")
    assert made(out) == "spec3"


def test_a_member_that_does_not_exist_is_said(tmp_path: Path, run: Any) -> None:
    out = tmp_path / "x_asn.json"
    (tmp_path / "a_cal.fits").touch()
    common = ("-o", out, "--product-name", "p", "--overwrite")
    for wrong in ("b_cal.fits", "*_crf.fits"):
        refused = run("asn", "create", "a_cal.fits", wrong, *common)
        assert (refused.code, f"{wrong}: the file does not exist" in refused.err, out.exists()) == (2, True, False)
    assert run("asn", "create", "*_crf.fits", *common).code == 2
    assert run("asn", "create", "c_cal.fits", "d_cal.fits", *common).code == 0  # none is there yet
    assert run("asn", "create", "a_cal.fits", "b_cal.fits", *common, "--allow-missing").code == 0
    refused = run("asn", "edit", out, "add", "c_cal.fits")
    assert (refused.code, "c_cal.fits" in out.read_text()) == (2, False)
    assert run("asn", "edit", out, "add", "c_cal.fits", "--allow-missing").code == 0
    assert "c_cal.fits" in out.read_text()
