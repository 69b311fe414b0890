"""The command, as people use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph._version import REFERENCE

MOSAIC, MRS = EXAMPLES / "nircam_mosaic.csv", EXAMPLES / "miri_mrs_background.csv"


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"asngraph-run.json"}


def test_generate_writes_one_file_for_each_association(run, tmp_path) -> None:
    result = run("generate", MRS, "-p", tmp_path)
    graph = asngraph.generate(MRS)
    assert result.code == 0
    assert result.out == ""
    assert f"{len(graph)} associations of 13 exposures written to" in result.err
    assert files(tmp_path) == set(graph.file_names)
    for association in graph:
        assert json.loads((tmp_path / association.file_name).read_text()) == association
        assert asngraph.load_asn(tmp_path / association.file_name) == association


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["-i", "o001"], {"o001"}),
        (["-i", "o001", "c1000"], {"o001", "c1000"}),
        (["--ids", "o001", "c1000", "--"], {"o001", "c1000"}),
        (["--discover"], {"a3001"}),
        (["--all-candidates"], {"o001", "o002", "c1000"}),
    ],
)
def test_what_is_worked(run, tmp_path, options, ids) -> None:
    assert run("generate", MOSAIC, "-p", tmp_path, *options).code == 0
    assert {name.split("-")[1].split("_")[0] for name in files(tmp_path)} == ids


def test_ids_may_stand_anywhere(run, tmp_path) -> None:
    assert run("generate", "-p", tmp_path, "-i", "o001", "-d", "|", MOSAIC).code == 0
    assert {name[8:12] for name in files(tmp_path)} == {"o001"}


def test_an_id_that_the_pool_lacks_is_a_warning(run, tmp_path) -> None:
    result = run("generate", MOSAIC, "-p", tmp_path, "-i", "o001", "o077")
    assert (result.code, "candidate o077 is not in nircam_mosaic.csv" in result.err) == (0, True)


def test_options_that_exclude_each_other(run, tmp_path) -> None:
    result = run("generate", MOSAIC, "-p", tmp_path / "out", "--discover", "--all-candidates")
    assert result.code == 2
    assert "exclude each other" in result.err
    assert not (tmp_path / "out").exists()


def test_files_of_the_same_names_are_replaced_and_others_pointed_out(run, tmp_path) -> None:
    run("generate", MRS, "-p", tmp_path)
    (tmp_path / "jw04322-o001_spec3_00001_asn.json").write_text("old")
    (tmp_path / "jw04322-o099_spec3_00001_asn.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    result = run("generate", MRS, "-p", tmp_path)
    assert result.code == 0
    assert "1 association of the same program from an earlier run" in result.err
    assert (tmp_path / "jw04322-o001_spec3_00001_asn.json").read_text().startswith("{")
    assert (tmp_path / "jw04322-o099_spec3_00001_asn.json").read_text() == "{}"


def test_no_clobber_refuses_and_writes_nothing(run, tmp_path) -> None:
    (tmp_path / "jw04322-o001_spec3_00001_asn.json").write_text("mine")
    result = run("generate", MRS, "-p", tmp_path, "--no-clobber")
    assert result.code == 1
    assert "already exists" in result.err
    assert files(tmp_path) == {"jw04322-o001_spec3_00001_asn.json"}


def test_several_pools_are_decided_alone_and_may_not_meet(run, tmp_path) -> None:
    assert run("generate", MOSAIC, MRS, "-p", tmp_path / "both").code == 0
    assert {name[:7] for name in files(tmp_path / "both")} == {"jw04321", "jw04322"}
    copy = tmp_path / "copy.csv"
    copy.write_text(MRS.read_text())
    result = run("generate", MRS, copy, "-p", tmp_path / "twice")
    assert result.code == 1
    assert "would be written by several pools" in result.err
    assert not (tmp_path / "twice").exists()


def test_together_is_one_pool(run, tmp_path) -> None:
    rows = MRS.read_text().splitlines()
    head, exposures = rows[:3], rows[3:]
    for number, part in enumerate((exposures[:5], exposures[5:])):
        (tmp_path / f"part{number}.csv").write_text("\n".join([*head, *part]) + "\n")
    assert (
        run("generate", tmp_path / "part0.csv", tmp_path / "part1.csv", "--together", "-p", tmp_path / "out").code == 0
    )
    assert files(tmp_path / "out") == set(asngraph.generate(MRS).file_names)


BROKEN = {
    "an empty file": b"",
    "a header alone": b"filename|program\n",
    "no file names": b"program|exp_type\n1|nrc_image\n",
    "a row too long": b"filename|program\na_uncal.fits|1|2\n",
    "binary data": bytes(range(256)) * 10,
    "brackets": b"filename|asn_candidate\na_uncal.fits|" + b"[" * 10_000 + b"\n",
    "a program that is a path": b"filename|program\na_uncal.fits|../../x\n",
    "a candidate that is a path": b"filename|asn_candidate\na_uncal.fits|[('../x', 'observation')]\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_broken_pools_end_with_one_line_and_write_nothing(run, tmp_path, content) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_bytes(content)
    result = run("generate", pool, "-p", tmp_path / "out")
    assert result.code == 2
    assert result.err.startswith("asngraph: error: pool.csv")
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_no_such_pool(run, tmp_path) -> None:
    result = run("generate", tmp_path / "none.csv", "-p", tmp_path / "out")
    assert (result.code, result.err.count("\n"), "the file does not exist" in result.err) == (2, 1, True)


def test_a_folder_that_cannot_be_made(run, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    result = run("generate", MRS, "-p", tmp_path / "file" / "out")
    assert (result.code, result.err) == (2, f"asngraph: error: {tmp_path / 'file'} is a file; name a folder\n")


def test_rules_are_listed_and_printed(run) -> None:
    listed = run("rules")
    assert listed.code == 0
    assert len(listed.out.splitlines()) == 44
    for line in listed.out.splitlines():
        printed = run("rules", line.split()[0])
        assert printed.code == 0
        assert "An exposure enters where" in printed.out


def test_a_rule_that_is_not_there_gets_suggestions(run) -> None:
    result = run("rules", "lv3imag")
    assert (result.code, "did you mean Asn_Lv3Image" in result.err) == (2, True)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["generate"], ["nonsense"], ["generate", "a", "--nonsense"]])
def test_bad_usage_ends_with_two(run, arguments) -> None:
    assert run(*arguments).code == 2


def test_the_program_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from asngraph.cli import main; main()", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"asngraph, version {asngraph.__version__}\nrules of {REFERENCE}\n")


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from asngraph.cli import cli; cli.main(['-h'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"}
    )
    assert done.returncode == 0
    assert not {"numpy", "pandas", "networkx", "rich"} & set(done.stdout.splitlines()[-1].split())
