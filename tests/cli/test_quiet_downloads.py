"""``asngraph generate -q`` of FITS files: nothing is said of work that went well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

import asngraph

pytest.importorskip("astropy", reason="astropy is not installed (extra `fits`)")
from fitsfiles import write_files


def test_quiet_is_quiet_about_files(tmp_path: Path, run: Any) -> None:
    data, pool = tmp_path / "data", tmp_path / "pool.csv"
    data.mkdir()
    write_files(asngraph.Pool.read(EXAMPLES / "miri_mrs_background.csv"), data, "rate", rows=[3, 5, 9])
    more = ("--save-pool", pool, "--missing", tmp_path / "fetch.txt")
    assert "linked as" in run("generate", data, "-p", tmp_path / "loud", *more).err
    quiet = run("generate", data, "-p", tmp_path / "quiet", "-q", *more)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    names = {path.name for path in (tmp_path / "quiet").iterdir()}
    assert len(names) > 1 and names == {path.name for path in (tmp_path / "loud").iterdir()}
