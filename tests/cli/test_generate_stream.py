"""``generate -o``: all association files as one stream, byte-equal to the files of ``generate -p``."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import EXAMPLES

from asngraph.cli.generate_stream import AssociationStream
from asngraph.execution import Outcome

POOL, OTHER = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"
NAMES = ["a.jsonl", "a.tar", "a.zip"]


@pytest.fixture
def files(run, tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("files")
    assert run("generate", POOL, OTHER, "-p", folder).code == 0
    return {path.name: path.read_bytes() for path in folder.glob("*_asn.json")}


def unpacked(path: Path) -> dict[str, bytes]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["a.tar", "a.zip", "A.TAR"])
def test_members_are_the_files(run, tmp_path, files, name: str) -> None:
    assert run("generate", POOL, OTHER, "-o", tmp_path / name).code == 0
    assert unpacked((tmp_path / name).rename(tmp_path / name.lower())) == files
    assert [path.name for path in tmp_path.iterdir()] == [name.lower()]


@pytest.mark.parametrize(("program", "name"), [("tar xf", "a.tar"), ("unzip -q", "a.zip")])
def test_real_programs_extract_the_files(run, tmp_path, files, program: str, name: str) -> None:
    command = [*program.split(), name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    run("generate", POOL, OTHER, "-o", tmp_path / name)
    subprocess.run(command, cwd=tmp_path, check=True)
    (tmp_path / name).unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_lines_hold_name_and_content(run, tmp_path, files) -> None:
    result = run("generate", POOL, OTHER, "-o", "-")
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [list(line) for line in lines] == [["file", "association"]] * len(files)
    assert {line["file"]: json.dumps(line["association"]) for line in lines} == {
        name: json.dumps(json.loads(content)) for name, content in files.items()
    }
    assert "written to standard output" in result.err
    run("generate", POOL, OTHER, "-o", tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == result.out


@pytest.mark.parametrize("name", NAMES)
def test_same_pools_give_the_same_bytes(run, tmp_path, monkeypatch, name: str) -> None:
    (tmp_path / "two").mkdir()
    made = tmp_path / name, tmp_path / "two" / name
    run("generate", POOL, OTHER, "-o", made[0])
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    run("generate", POOL, OTHER, "-o", made[1])
    assert made[0].read_bytes() == made[1].read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_replaces_only_on_request(run, tmp_path, name: str) -> None:
    path = tmp_path / name
    path.write_text("old")
    refused = run("generate", POOL, "-o", path)
    assert (refused.code, path.read_text()) == (2, "old")
    assert "--overwrite" in refused.err
    assert run("generate", POOL, "-o", path, "--dry-run").code == 0
    assert path.read_text() == "old"
    assert run("generate", POOL, "-o", path, "--overwrite").code == 0
    assert path.read_bytes() != b"old"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a.tgz"], ".jsonl, .tar, .zip"),
        (["-o", "a"], ".jsonl, .tar, .zip"),
        (["-o", "a.tar", "-p", "."], "exclude each other"),
        (["-o", "a.jsonl", "--format", "yaml"], ".tar or .zip"),
        (["--overwrite"], "--output"),
        (["-o", "a.tar", "--overwrite", "--no-clobber"], "--no-clobber"),
        (["-o", "-", "--save-orphans"], "--save-orphans"),
        (["-o", "nowhere/a.tar"], "does not exist"),
    ],
)
def test_refuses_what_contradicts_itself(run, tmp_path, monkeypatch, arguments: list[str], words: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("generate", POOL, *arguments)
    assert result.code == 2
    assert words in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_two_pools_writes_nothing(run, tmp_path, name: str) -> None:
    result = run("generate", POOL, POOL, "-o", tmp_path / name)
    assert result.code == 1
    assert result.err.count("\n") <= 4
    assert "would be written by several pools" in result.err
    assert not list(tmp_path.iterdir())


def test_orphans_are_written_beside_it(run, tmp_path) -> None:
    assert run("generate", POOL, "-o", tmp_path / "a.tar", "--exclude", _left_out(tmp_path), "--save-orphans").code == 0
    assert "jw04322001001_02102_00001_mirifulong_uncal.fits" in (tmp_path / "orphaned.csv").read_text()


def _left_out(folder: Path) -> Path:
    path = folder / "exclude.txt"
    path.write_text("filename|reason\njw04322001001_02102_00001_mirifulong_uncal.fits|saturated\n")
    return path


@dataclass
class Source:
    order: list[int]

    def outcomes(self) -> list[Outcome]:
        return [Outcome(place, f"{place}.csv", names=[f"{place}"], texts=iter([f"{place}"])) for place in self.order]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]])
def test_outcomes_come_in_the_order_of_the_pools(order: list[int]) -> None:
    got = [(outcome.position, list(outcome.texts)) for outcome in AssociationStream.in_order(Source(order).outcomes())]
    assert got == [(place, [str(place)]) for place in range(4)]


@pytest.mark.slow
def test_workers_give_the_same_stream(run, tmp_path) -> None:
    for workers in (1, 2):
        assert run("generate", POOL, OTHER, "--workers", workers, "-o", tmp_path / f"{workers}.tar").code == 0
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()
