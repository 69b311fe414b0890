"""Files whose content would not change are not touched, by any command."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLES

from asngraph.errors import FileError, OutputExistsError
from asngraph.util.atomic import replacing, write_bytes, write_durably, write_text
from asngraph.util.staging import Staging

MRS = EXAMPLES / "miri_mrs_background.csv"
LONG_AGO = 10**18


def age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, ns=(LONG_AGO, LONG_AGO), follow_symlinks=False)


def touched(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() and path.lstat().st_mtime_ns != LONG_AGO
    }


COMMANDS = {
    "generate": "generate p.csv -p out",
    "generate, with orphans": "generate p.csv -p out --save-orphans",
    "plan": "plan p.csv -f make -o out/Makefile --overwrite",
    "plan, snakemake": "plan p.csv -f snakemake -o out/Snakefile --overwrite",
    "view": "view p.csv -o out/p.html --overwrite",
    "simulate": "simulate -n 9 -s 1 -o out/s.csv --overwrite",
    "pool split": "pool split p.csv -p out --overwrite",
    "pool merge": "pool merge p.csv -o out/m.csv --overwrite",
    "pool link": "pool link p.csv 1 2 --type background --background 2 -o out/l.csv --overwrite",
    "graph --by-program": "graph p.csv --by-program -o out --overwrite",
    "asn create": "asn create a_rate.fits --product-name a -o out/a_asn.json --overwrite",
    "plot": "plot p.csv -o out/p.svg --overwrite",
    "plot, pdf": "plot p.csv -o out/p.pdf --overwrite",
    "plot, png": "plot p.csv -o out/p.png --overwrite",
    **{
        f"rdf, {name}": f"rdf p.csv -f {name} -o out/r --overwrite"
        for name in ("turtle", "nt", "trig", "nq", "xml", "json-ld")
    },
    **{
        f"graph, {name}": f"graph p.csv -f {name} -o out/g --overwrite"
        for name in ("graphml", "gexf", "dot", "cytoscape", "node-link", "csv", "parquet")
    },
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_second_run_touches_nothing(run, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(MRS, "p.csv")
    Path("out").mkdir()
    first = run(*command.split())
    if "needs the extra" in first.err or "pip install" in first.err:
        pytest.skip(first.err.strip())
    assert first.code == 0, first.err
    made = touched(tmp_path / "out")
    assert made
    age(tmp_path / "out")
    assert run(*command.split()).code == 0
    assert touched(tmp_path / "out") == set()
    longest = max((path for path in Path("out").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = longest.read_bytes()
    longest.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    age(tmp_path / "out")
    assert run(*command.split()).code == 0
    assert touched(tmp_path / "out") == {longest.relative_to("out").as_posix()}
    assert longest.read_bytes() == content


def replace_one(path: Path, content: bytes) -> None:
    with replacing(path) as (file,):
        file.write(content)


WRITERS = {
    "write_text": lambda path, content: write_text(path, content.decode()),
    "write_bytes": write_bytes,
    "write_durably": write_durably,
    "replacing": replace_one,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@pytest.mark.parametrize("content", [b"", b"a" * (3 << 20)], ids=["empty", "large"])
def test_each_writer_compares(tmp_path, write, content) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    path.chmod(0o604)
    age(tmp_path)
    write(path, content)
    assert (touched(tmp_path), path.stat().st_mode & 0o777) == (set(), 0o604)
    write(path, content + b"b")
    assert (touched(tmp_path), path.read_bytes()) == ({"a"}, content + b"b")


def test_what_was_published(tmp_path) -> None:
    for name in ("same", "other", "gone"):
        (tmp_path / name).write_text("old")
    (tmp_path / "link").symlink_to("same")
    with Staging(tmp_path) as staging:
        staging.add("same", "first")
        staging.add("same", "old")
        staging.add("other", "old")
        staging.add("other", "new")
        staging.add("fresh", "new")
        staging.open("opened").write(b"new")
        staging.add_link("link", Path("same"))
        staging.remove("gone")
        staging.remove("never there")
        published = staging.publish(replace=True)
    assert published.new == ["fresh", "opened"]
    assert published.changed == ["other"]
    assert sorted(published.unchanged) == ["link", "same"]
    assert published.removed == ["gone"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "link", "opened", "other", "same"]


def test_a_link_to_the_same_content_is_replaced(tmp_path) -> None:
    (tmp_path / "victim").write_text("text")
    (tmp_path / "a").symlink_to("victim")
    write_text(tmp_path / "a", "text")
    assert not (tmp_path / "a").is_symlink()


def test_an_unchanged_file_may_not_be_replaced_either(tmp_path) -> None:
    (tmp_path / "a").write_text("text")
    with pytest.raises(OutputExistsError):
        write_text(tmp_path / "a", "text", replace=False)


@pytest.mark.parametrize("change", [lambda path: path.write_text("others"), os.unlink], ids=["written", "removed"])
def test_a_file_that_changes_between_comparing_and_publishing(tmp_path, change) -> None:
    (tmp_path / "a").write_text("text")
    with Staging(tmp_path) as staging:
        staging.add("a", "text")
        staging.add("b", "text")
        change(tmp_path / "a")
        with pytest.raises(FileError, match="was changed by another process meanwhile"):
            staging.publish(replace=True)
    assert not (tmp_path / "b").exists()


def test_what_was_removed_returns_if_another_file_cannot_be_removed(tmp_path, monkeypatch) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("old")
    move = os.replace

    def refuse(old: str, new: str) -> None:
        if str(old).endswith("/c"):
            raise PermissionError(13, "Permission denied", old)
        move(old, new)

    monkeypatch.setattr(os, "replace", refuse)
    with Staging(tmp_path) as staging:
        staging.add("a", "new")
        staging.remove("b")
        staging.remove("c")
        with pytest.raises(FileError, match="Permission denied"):
            staging.publish(replace=True)
    assert [(tmp_path / name).read_text() for name in ("a", "b", "c")] == ["old"] * 3
