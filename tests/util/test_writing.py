"""Where commands write: no link is followed, nothing that is there is lost, and errors name what was asked for."""

from __future__ import annotations

import errno
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

import asngraph
from asngraph.errors import FileError, UsageError
from asngraph.simulation import simulate
from asngraph.util.atomic import replacing, write_bytes, write_durably, write_text
from asngraph.util.staging import Staging

MRS = EXAMPLES / "miri_mrs_background.csv"


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


# Links and modes.


def replace_one(path: Path) -> None:
    with replacing(path) as (file,):
        file.write(b"new")


WRITERS: dict[str, Callable[[Path], object]] = {
    "write_text": lambda path: write_text(path, "new"),
    "write_bytes": lambda path: write_bytes(path, b"new"),
    "write_durably": lambda path: write_durably(path, b"new"),
    "replacing": replace_one,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_planted_link_is_not_followed(tmp_path, write, monkeypatch) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    folder.mkdir()
    path = folder / "a.txt"
    for number in range(os.getpid() - 3, os.getpid() + 3):
        Path(f"{path}.{number}.part").symlink_to(victim)
    tokens = iter(["0" * 16, "1" * 16])
    with Staging(folder) as staging:
        mark = Path(staging.open("x").name).parent.name.split("-")[1]
    (folder / f".asngraph-{mark}-{'0' * 16}.part").symlink_to(tmp_path)
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(tokens))
    write(path)
    assert (path.read_text(), victim.read_text()) == ("new", "precious")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out", "victim"]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path, write) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "a.txt").symlink_to("victim")
    write(tmp_path / "a.txt")
    assert not (tmp_path / "a.txt").is_symlink()
    assert files(tmp_path) == {"victim": "precious", "a.txt": "new"}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_modes(tmp_path, write) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.txt")
        (tmp_path / "old.txt").write_text("")
        (tmp_path / "old.txt").chmod(0o604)
        write(tmp_path / "old.txt")
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("new.txt", "old.txt")]
    assert modes == [0o640, 0o604 if write is WRITERS["write_durably"] else 0o640]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_where_no_file_can_be(tmp_path, write) -> None:
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("", "is a folder; name the file to write"),
        ("file/x", "file is a file; name a folder"),
        ("none/x", "none: the folder does not exist"),
        ("pipe", "is a device or a pipe"),
    ):
        with pytest.raises(UsageError, match=said):
            write(tmp_path / name)
    with pytest.raises(UsageError, match="is a device or a pipe"):
        write(Path("/dev/null"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pipe"]


@pytest.mark.parametrize("call", ["mkdir", "replace", "write"])
def test_an_error_names_the_file_and_leaves_nothing(tmp_path, monkeypatch, call) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a name that nobody knows")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(FileError) as raised:
        write_text(tmp_path / "a.txt", "text")
    monkeypatch.undo()
    assert str(raised.value).startswith(f"{tmp_path / 'a.txt'}: cannot be written: No space left on device; free some")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", [1, 2, 3])
def test_files_that_cannot_all_be_moved_are_put_back(tmp_path, monkeypatch, at) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "c").write_text("old")
    move, moved = os.replace, []

    def refuse(*names: str) -> None:
        moved.append(names)
        if len(moved) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *names)
        move(*names)

    monkeypatch.setattr(os, "replace", refuse)
    with Staging(tmp_path) as staging:
        for name in ("a", "b", "c"):
            staging.add(name, "new")
        with pytest.raises(FileError, match="No space left"):
            staging.publish(replace=True)
    assert files(tmp_path) == {"a": "old", "c": "old"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_in_the_place_of_one_of_the_files(tmp_path) -> None:
    (tmp_path / "b").mkdir()
    with Staging(tmp_path) as staging:
        staging.add("a", "new")
        staging.add("b", "new")
        with pytest.raises(UsageError, match="b is a folder"):
            staging.publish(replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


# The orphans' file.


def test_no_clobber_covers_the_orphans(run, tmp_path) -> None:
    (tmp_path / "left.csv").write_text("mine")
    result = run("generate", MRS, "-p", tmp_path, "--no-clobber", "--save-orphans", "left.csv")
    assert (result.code, f"{tmp_path / 'left.csv'} already exists" in result.err) == (1, True)
    assert files(tmp_path) == {"left.csv": "mine"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jw04322-o001_spec3_00001_asn.json", "has the name of an association file"),
        ("JW04322-O001_SPEC3_00001_ASN.JSON", "has the name of an association file"),
        (".", "is a folder"),
        ("sub", "is a folder"),
        ("new/", "is a folder"),
        ("../x.csv", "leads out of"),
        ("sub/../../x.csv", "leads out of"),
        ("../", "is a folder"),
        ("/orphans-of-asngraph.csv", "leads out of"),
        ("away/x.csv", "leads out of"),
        ("file/x.csv", "is a file; name a folder"),
        ("pool.csv", "is an input of this command"),
    ],
)
def test_names_for_orphans_that_are_refused(run, tmp_path, name, said) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    (out / "file").write_text("mine")
    (out / "away").symlink_to(tmp_path)
    (out / "pool.csv").write_text(MRS.read_text())
    before = files(tmp_path)
    result = run("generate", out / "pool.csv", "-p", out, "--save-orphans", name)
    assert (result.code, said in result.err, result.err.count("\n")) == (2, True, 1), result.err
    assert files(tmp_path) == before


def test_orphans_may_go_into_a_folder_within_that_of_the_associations(run, tmp_path) -> None:
    for name in ("sub/x.csv", tmp_path / "out" / "y.csv", "./z.csv"):
        assert run("generate", MRS, "-i", "o001", "-p", tmp_path / "out", "--save-orphans", name).code == 0
    assert {"sub/x.csv", "y.csv", "z.csv"} < files(tmp_path / "out").keys()
    assert asngraph.Pool.read(tmp_path / "out" / "sub" / "x.csv")


def test_a_pool_is_not_written_over_by_what_is_made_of_it(run, tmp_path) -> None:
    pool = tmp_path / "pool_nodes.csv"
    simulate(3, ["nircam-imaging"], seed=1).write(pool)
    before = files(tmp_path)
    for words in (["rdf", pool, "-f", "nt", "-o", pool], ["graph", pool, "-o", tmp_path / "pool.csv"]):
        result = run(*words)
        assert (result.code, "is an input of this command" in result.err) == (2, True)
    assert files(tmp_path) == before


# Folders.


@pytest.mark.parametrize("below", ["", "out", "a/b"])
@pytest.mark.parametrize("command", ["generate", "pool split", "graph --by-program", "asn gather", "archive add"])
def test_a_file_where_a_folder_is_to_be(run, tmp_path, command, below) -> None:
    if command == "archive add":
        pytest.importorskip("pyoxigraph")
    if command == "graph --by-program":
        pytest.importorskip("pyarrow")
    pool = tmp_path / "pool.csv"
    simulate(3, ["nircam-imaging"], seed=1).write(pool)
    (tmp_path / "in").mkdir()
    (association, *_) = asngraph.generate(pool)
    given = association.write(tmp_path / "in") if command == "asn gather" else pool
    (tmp_path / "file").write_text("mine")
    before = files(tmp_path)
    option = {"generate": "-p", "pool split": "-p", "archive add": "--store"}.get(command, "-o")
    result = run(*command.split(), given, option, tmp_path / "file" / below)
    assert result.code == 2
    assert result.err == f"asngraph: error: {tmp_path / 'file'} is a file; name a folder\n"
    assert files(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root may write")
@pytest.mark.parametrize("command", ["generate", "pool split"])
def test_a_folder_that_cannot_be_written_to_is_named(run, command) -> None:
    for folder in ("/proc/none", "/proc/self"):
        result = run(*command.split(), MRS, "-p", folder)
        assert (result.code, result.err.startswith(f"asngraph: error: {folder}: cannot be written: ")) == (1, True)
        assert (".part" in result.err, result.err.count("\n")) == (False, 1)


# A full disk.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with 64 KiB of room for files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["generate", "-p", "{disk}/out"], "{disk}/out"),
        (["pool", "split", "-p", "{disk}/out"], "{disk}/out"),
        (["graph", "-o", "{disk}/g.graphml"], "{disk}/g.graphml"),
        (["graph", "-o", "{disk}/g.csv"], "{disk}/g_nodes.csv"),
        (["rdf", "-o", "{disk}/g.nt"], "{disk}/g.nt"),
        (["view", "-o", "{disk}/v.html"], "{disk}/v.html"),
        (["plan", "-f", "make", "-o", "{disk}/Makefile"], "{disk}/Makefile"),
        (["pool", "merge", "-o", "{disk}/p.csv"], "{disk}/p.csv"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_full_disk(run, tmp_path, small_disk, words, named) -> None:
    pool = tmp_path / "pool.csv"
    simulate(300, ["miri-imaging"], seed=1).write(pool)
    command = 2 if words[0] == "pool" else 1
    asked = [word.format(disk=small_disk) for word in words]
    result = run(*asked[:command], pool, *asked[command:])
    error = result.err.splitlines()[-1]
    assert result.code == 1
    assert error == (
        f"asngraph: error: {named.format(disk=small_disk)}: cannot be written: No space left on device; "
        "free some space, or name a place on another disk"
    )
    assert not list(small_disk.iterdir())


def test_the_command_itself_on_a_full_disk_prints_nothing_else(tmp_path, small_disk) -> None:
    simulate(300, ["miri-imaging"], seed=1).write(tmp_path / "pool.csv")
    command = [sys.executable, "-m", "asngraph", "graph", str(tmp_path / "pool.csv"), "-o", str(small_disk / "g.csv")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (1, 1, False)
