"""Run files: what they record, what is removed by them, and that nothing takes them for associations."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.model.association_files import association_paths, read_folder
from asngraph.model.run_file import RUN_FILE, read_runs

MRS, MOSAIC = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"
EXPOSURE = "jw04322001001_02102_00001_mirifulong"


def recorded(folder: Path) -> dict[str, Any]:
    return json.loads((folder / RUN_FILE).read_text())["pools"]


def associations(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*_asn.*")}


@pytest.fixture
def made(run, tmp_path) -> Path:
    folder = tmp_path / "made"
    assert run("generate", MRS, "-p", folder).code == 0
    return folder


def test_each_file_has_its_checksum_and_the_id_of_the_graph(made) -> None:
    (entry,) = recorded(made).values()
    assert {name: each["sha256"] for name, each in entry["files"].items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in associations(made).items()
    }
    table = asngraph.generate(MRS).associations
    assert {name: each["uuid"] for name, each in entry["files"].items()} == dict(
        zip(table["file"], table["uuid"], strict=True)
    )
    assert entry["sha256"] == hashlib.sha256(MRS.read_bytes()).hexdigest()
    assert entry["asngraph"] == asngraph.__version__


def test_association_files_have_no_id(made) -> None:
    assert not any(b"uuid" in content for content in associations(made).values())


def test_the_pools_of_a_folder_are_recorded_side_by_side(run, made) -> None:
    before = recorded(made)
    assert "files: 26 new, 0 changed, 0 unchanged, 0 gone" in run("generate", MOSAIC, "-p", made).err
    after = recorded(made)
    assert {name: entry for name, entry in after.items() if name != MOSAIC.name} == before
    assert len(after[MOSAIC.name]["files"]) == 26
    assert run("generate", MOSAIC, MRS, "-p", made, "--workers", 2).code == 0
    assert recorded(made) == after


def test_the_summary_counts_and_prune_removes(run, tmp_path, made) -> None:
    names = sorted(associations(made))
    again = run("generate", MRS, "-p", made)
    assert f"files: 0 new, 0 changed, {len(names)} unchanged, 0 gone" in again.err
    assert "warning" not in again.err
    (made / names[0]).unlink()
    (made / names[1]).write_text("{}")
    again = run("generate", MRS, "-p", made)
    assert f"files: 1 new, 1 changed, {len(names) - 2} unchanged, 0 gone" in again.err

    some = run("generate", MRS, "-p", made, "--all-candidates", "-i", "o002")
    assert some.code == 2
    some = run("generate", MRS, "-p", made, "-i", "o002")
    left = {name for name in names if "-o002_" not in name}
    assert f"{len(left)} gone\n" in some.err
    assert "--prune removes those that were not edited" in some.err
    assert left < associations(made).keys()
    edited, mine = min(left), made / "jw04322-o001_mine_00001_asn.json"
    (made / edited).write_text("{}")
    mine.write_text("{}")
    some = run("generate", MRS, "-p", made, "-i", "o002", "--prune")
    assert f"{len(left)} gone (removed)" in some.err
    assert f"1 file of earlier runs that were edited, such as {edited}; --prune does not remove them" in some.err
    assert {name for name in associations(made) if "-o002_" not in name} == {edited, mine.name}
    assert recorded(made)[MRS.name]["gone"].keys() == {edited}
    (made / edited).unlink()
    assert "0 gone\n" in run("generate", MRS, "-p", made, "-i", "o002").err
    assert recorded(made)[MRS.name]["gone"] == {}


def test_a_file_that_another_pool_makes_now_is_not_gone(run, tmp_path, made) -> None:
    shutil.copy(MRS, tmp_path / "copy.csv")
    assert run("generate", tmp_path / "copy.csv", "-p", made).code == 0
    assert (recorded(made)[MRS.name]["files"], recorded(made)[MRS.name]["gone"]) == ({}, {})
    assert "0 gone" in run("generate", MRS, "-p", made, "-i", "o002", "--prune").err
    assert len(associations(made)) == len(recorded(made)["copy.csv"]["files"]) + len(recorded(made)[MRS.name]["files"])


HOSTILE = {
    "another folder": lambda text: text.replace('"jw04322-o002', '"../jw04322-o002'),
    "another kind of file": lambda text: text.replace("_asn.json", ".csv"),
    "hidden": lambda text: text.replace('"jw04322-o002', '".jw04322-o002'),
    "cut off": lambda text: text[: len(text) // 2],
    "deep": lambda _: "[" * 100_000,
    "another version": lambda text: text.replace("asngraph run 1", "asngraph run 2"),
    "a list": lambda _: "[]",
    "checksums that are none": lambda text: text.replace('"sha256": "', '"sha256": "x'),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_run_file_that_is_not_one_is_ignored_and_written_again(run, tmp_path, made, change) -> None:
    for name, content in associations(made).items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / f".{name}").write_bytes(content)
        (tmp_path / name.replace("_asn.json", ".csv")).write_bytes(content)
    text = (made / RUN_FILE).read_text()
    (made / RUN_FILE).write_text(change(text))
    assert read_runs(made) == {}
    before = sorted(tmp_path.iterdir())
    assert run("generate", MRS, "-p", made, "-i", "o001", "--prune").code == 0
    assert sorted(tmp_path.iterdir()) == before
    assert len(recorded(made)) == 1


def test_no_clobber_is_about_associations(run, made) -> None:
    assert run("generate", MOSAIC, "-p", made, "--no-clobber").code == 0
    assert len(recorded(made)) == 2
    assert run("generate", MOSAIC, "-p", made, "--no-clobber").code == 1


def test_the_orphans_do_not_replace_the_run_file(run, tmp_path) -> None:
    result = run("generate", MRS, "-p", tmp_path, "--save-orphans", RUN_FILE)
    assert (result.code, "is the name of the run file" in result.err) == (2, True)


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_nothing_takes_a_run_file_for_an_association(run, tmp_path, made, format_) -> None:
    folder = tmp_path / "other"
    if format_ == "yaml":
        pytest.importorskip("yaml", reason="pyyaml is not installed (extra `yaml`)")
    assert run("generate", MRS, "-p", folder, "--format", format_).code == 0
    assert RUN_FILE not in {path.name for path in association_paths(folder)}
    content = read_folder(folder)
    assert (len(content.associations), content.passed_over) == (16, [])
    for command in (
        ["list", folder],
        ["which", EXPOSURE, "--in", folder],
        ["stats", "--in", folder],
        ["plan", folder],
        ["asn", "validate", folder],
        ["asn", "files", folder],
        ["diff", folder, folder],
    ):
        with_it = run(*command)
        assert RUN_FILE not in with_it.out + with_it.err
        moved = folder / RUN_FILE
        kept = moved.rename(tmp_path / "kept")
        without = run(*command)
        kept.rename(moved)
        assert (with_it.code, with_it.out) == (without.code, without.out)
    assert run("list", folder / RUN_FILE).code == 2
    assert run("asn", "validate", folder / RUN_FILE).code != 0
