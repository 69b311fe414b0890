"""The observatory's commands, under their names and by asngraph; tests/parity has the calls beside the real ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

MRS = EXAMPLES / "miri_mrs_background.csv"
NAMES = ("asn_generate", "asn_from_list", "asn_edit", "asn_gather", "asn_make_pool")


@pytest.fixture
def asn(tmp_path: Path, run) -> Path:
    for name in ("a_cal.fits", "b_cal.fits"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "m_asn.json"
    assert run("compat", "asn_from_list", "-o", path, "--prod", "m", "a_cal.fits", "b_cal.fits").code == 0
    return path


def members(path: Path) -> list[str]:
    return [member["expname"] for product in json.loads(path.read_text())["products"] for member in product["members"]]


def test_the_summary_is_for_terminals_and_for_v(run, tmp_path: Path) -> None:
    quiet = run("compat", "asn_generate", MRS, "-p", tmp_path)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert "16 associations of 13 exposures written" in run("compat", "asn_generate", MRS, "-p", tmp_path, "-v").err
    assert run("generate", MRS, "-p", tmp_path, "-q").err == ""
    assert "candidate o999 is not in" in run("generate", MRS, "-p", tmp_path / "none", "-q", "-i", "o999").err
    assert run("generate", MRS, "-q", "-v").code == 2


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of POSIX")
def test_the_summary_on_a_terminal(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asngraph.cli import streams

    monkeypatch.setattr(streams, "on_terminal", lambda: True)
    monkeypatch.setattr("asngraph.cli.generate.progress", lambda items, *_, **__: items)
    assert "16 associations of 13 exposures" in run("compat", "asn_generate", MRS, "-p", tmp_path).err


def test_exit_codes(run, tmp_path: Path) -> None:
    assert run("compat", "asn_generate", tmp_path / "missing.csv").code == 1
    assert run("compat", "asn_edit", "-a", tmp_path / "missing_asn.json", "x.fits").code == 1
    for name in NAMES:
        wrong = run("compat", name)
        assert (wrong.code, wrong.out) == (2, "")
        assert f"{name}: error: the following arguments are required" in wrong.err
        helped = run("compat", name, "--help")
        assert (helped.code, helped.err, helped.out.startswith(f"usage: {name} ")) == (0, "", True)
    assert "ambiguous option: --ver could match" in run("compat", "asn_generate", "--ver", MRS).err


def test_edits(run, asn: Path) -> None:
    other = asn.with_name("n_asn.json")
    before = asn.read_text()
    assert run("compat", "asn_edit", "--add", "-t", "psf", "-o", other, asn, "c_cal.fits").code == 0
    assert (asn.read_text(), members(other)) == (before, ["a_cal.fits", "b_cal.fits", "c_cal.fits"])
    result = run("compat", "asn_edit", "-r", other, "a_rate.fits", "b_cal.fits")
    assert (result.code, "not found: a_rate.fits" in result.err) == (0, True)
    assert members(other) == ["a_cal.fits", "c_cal.fits"]
    assert run("compat", "asn_edit", "-ri", other, "a_rate.fits", "c").code == 0
    assert json.loads(other.read_text())["products"] == []


def test_a_command_that_copies(run, asn: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    result = run("compat", "asn_gather", asn, copied, "-vv", "-c", "cp -p")
    assert result.code == 0
    assert f"cp -p {tmp_path / 'a_cal.fits'} {copied / 'a_cal.fits'}" in result.err
    assert sorted(path.name for path in copied.iterdir()) == ["a_cal.fits", "b_cal.fits", "m_asn.json"]
    failed = run("compat", "asn_gather", asn, tmp_path / "failed", "-c", "false")
    assert (failed.code, "ended with exit code 1" in failed.err) == (1, True)
    assert not list((tmp_path / "failed").iterdir())
    (tmp_path / "b_cal.fits").unlink()
    missing = run("compat", "asn_gather", asn, tmp_path / "missing")
    assert (missing.code, "missing: " in missing.err) == (1, True)


def test_commands_under_their_own_names(run, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    assert run("compat", "install", folder).code == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    (tmp_path / "asngraph.py").write_text("raise SystemExit(9)")  # a module in the current folder is not ours
    done = subprocess.run(
        ["asn_generate", str(MRS), "-p", "made", "--all-cand"], cwd=tmp_path, env=environment, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(list((tmp_path / "made").iterdir())) == 16
    assert run("compat", "install", folder).code == 0


def test_commands_of_others_are_not_replaced(run, tmp_path: Path) -> None:
    (tmp_path / "asn_gather").write_text("#!/bin/sh\n")
    result = run("compat", "install", tmp_path)
    assert (result.code, "was not written by asngraph" in result.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["asn_gather"]
    assert run("compat", "install", tmp_path, "--overwrite").code == 0
    assert "asngraph" in (tmp_path / "asn_gather").read_text()
