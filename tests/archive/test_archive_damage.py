"""A damaged archive: the check names what is damaged, every command ends in one line, and no answer is false."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from quick import quick

pytest.importorskip("pyoxigraph", reason="an archive needs the extra rdf")

from asngraph.archive.checking import check
from asngraph.archive.reader import reading
from asngraph.archive.writer import writing
from asngraph.simulation import simulate

NAMES: list[str] = []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two pools, added one after the other."""
    folder = tmp_path_factory.mktemp("damage")
    NAMES.clear()
    for number in (1, 2):
        pool = simulate(4, ["nircam-imaging", "miri-imaging"], seed=number, program=number)
        pool.write(folder / f"p{number}.csv")
        NAMES.append(pool["filename"][0])
        with writing(folder / "a", create=True) as archive:
            assert [each.state for each in archive.add([folder / f"p{number}.csv"])] == ["added"]
    return folder


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged; tables are shared by store and snapshot, as they are in the first."""
    subprocess.run(["cp", "-a", str(built / "a"), str(tmp_path / "a")], check=True)
    return tmp_path / "a"


def answers(store: Path) -> Any:
    with reading(store) as view:
        return [view.which(name) for name in NAMES], view.impact(*NAMES), [each.pool for each in view.stats().pools]


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: list[Callable[[Path], None]] = [halved, altered, emptied, replaced, Path.unlink]


def files_of(store: Path) -> Iterator[Path]:
    """One file of each sort, and the smallest and the largest table, of the snapshot and of the store."""
    yield store / "archive.json"
    for folder in (next((store / "published").iterdir()), store / "store"):
        tables = sorted(folder.glob("*.sst"), key=lambda path: path.stat().st_size)
        named = [folder / "CURRENT", *folder.glob("MANIFEST*"), folder / "checksums.json"]
        yield from (path for path in (*named, tables[0], tables[-1]) if path.exists())


@pytest.mark.parametrize("damage", quick(DAMAGES, *DAMAGES[:2]), ids=lambda each: each.__name__)
def test_the_check_names_each_damaged_file_and_no_answer_is_false(
    store: Path, run: Callable[..., Any], damage: Callable[[Path], None]
) -> None:
    true = answers(store)
    assert check(store).whole
    for path in list(files_of(store)):
        kept, place = path.read_bytes(), path.relative_to(store).as_posix()
        path.unlink()  # so that a table that is shared is damaged in one place
        path.write_bytes(kept)
        damage(path)
        found = check(store)
        assert place in [problem.place for problem in found.problems]
        assert found.mending
        asked = run("archive", "which", NAMES[0], "--store", store, "--json")
        if place.startswith("store"):
            assert asked.code == 0
        else:
            assert asked.code in (0, 1)
        if asked.code == 0:
            known = [each.answer.association for each in true[0][0]]
            assert [each["association"] for each in json.loads(asked.out)] == known
        else:
            assert asked.err.count("\n") == 1
            assert "is damaged" in asked.err
        if path.is_dir():
            path.rmdir()
        path.write_bytes(kept)
    assert answers(store) == true


@pytest.mark.parametrize("damage", quick(DAMAGES, DAMAGES[-1]), ids=lambda each: each.__name__)
def test_each_command_ends_in_one_line(store: Path, run: Callable[..., Any], damage: Callable[[Path], None]) -> None:
    for path in (store / "store" / "CURRENT", next((store / "published").glob("*/CURRENT"))):
        damage(path)
    pool = store.parent / "p.csv"
    simulate(2, ["nircam-imaging"], seed=3).write(pool)
    commands: list[tuple[Any, ...]] = [
        ("archive", "which", NAMES[0]), ("archive", "impact", NAMES[0]), ("archive", "stats"),
        ("archive", "add", pool), ("archive", "remove", "p1.csv"), ("archive", "collect"),
        ("sparql", "ASK { ?s ?p ?o }"), ("archive", "check"),
    ]  # fmt: skip
    for command in commands:
        told = run(*command, "--store", store)
        assert (told.code, told.err.count("\n")) == (1, 1), told.err
        assert "is damaged" in told.err


def test_a_store_that_lost_what_was_published_is_not_gone_on_with(store: Path, run: Callable[..., Any]) -> None:
    shutil.rmtree(store / "store")
    (store / "checksums.json").unlink()
    told = run("archive", "collect", "--store", store)
    assert told.code == 1
    assert "is published" in told.err


def test_altered_tables_name_the_pools_that_cannot_be_read(store: Path, run: Callable[..., Any]) -> None:
    tables = sorted(store.glob("published/*/*.sst"), key=lambda path: path.stat().st_size)
    for path in tables[-4:]:
        content = bytearray(path.read_bytes())
        content[:] = bytes(byte ^ 0x55 for byte in content)
        path.write_bytes(content)
    told = run("archive", "check", "--store", store, "--json")
    found = json.loads(told.out)
    assert told.code == 1
    assert not found["whole"]
    assert {each["pool"] for each in found["pools"]} == {"p1.csv", "p2.csv"}
    assert any(each["state"] != "whole" for each in found["pools"])
    assert "p1.csv" in found["mending"][-1]
    assert "archive add" in found["mending"][-1]


def test_what_the_check_advises_mends(store: Path, run: Callable[..., Any]) -> None:
    true = answers(store)
    # What readers see.
    next((store / "published").glob("*/CURRENT")).unlink()
    assert "collect" in check(store).mending[0]
    assert run("archive", "collect", "--store", store).code == 0
    assert check(store).whole
    assert answers(store) == true
    # The store.
    (store / "store" / "CURRENT").unlink()
    command = check(store).mending[0].partition(": ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    assert run("archive", "collect", "--store", store).code == 0
    assert check(store).whole
    assert answers(store) == true
    # The mark.
    altered(store / "archive.json")
    assert "--mark" in check(store).mending[0]
    told = run("archive", "check", "--mark", "--store", store)
    assert (told.code, shlex.split(told.out)[:1]) == (0, ["p1.csv:"])
    assert answers(store) == true


def test_an_archive_without_checksums(store: Path, run: Callable[..., Any]) -> None:
    true = answers(store)
    for path in store.rglob("checksums.json"):
        path.unlink()
    (store / "archive.json").write_text('{"format": "asngraph archive", "layout": 1, "asngraph": "0.1.0"}\n')
    assert answers(store) == true
    found = check(store)
    assert (found.whole, found.checksums, len(found.pools)) == (True, False, 2)
    assert "no checksums" in found.notes[0]
    for table in store.glob("published/*/*.sst"):
        altered(table)
    assert not check(store).whole
    for table in store.glob("published/*/*.sst"):
        altered(table)
    assert run("archive", "collect", "--store", store).code == 0
    found = check(store)
    assert (found.whole, found.checksums) == (True, True)
    assert answers(store) == true
