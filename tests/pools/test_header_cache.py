"""Headers that were read once come from the cache, whatever happens to it or to the files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fitsfiles import cards_of, write_file, write_files
from needs import needs

from asngraph.pools import from_headers
from asngraph.pools.from_headers import fits_files, pool_from_headers
from asngraph.simulation import simulate

pytestmark = needs("astropy")

POOL = simulate(6, ["nircam-imaging"], seed=1, errors=0)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files that are old enough to be cached, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "data"
    folder.mkdir()
    write_files(POOL, folder, "rate")
    time.sleep(0.12)
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose headers are read."""
    names: list[str] = []
    real = from_headers.header_values

    def noted(path: Path, *more: Any) -> Any:
        names.append(path.name)
        return real(path, *more)

    monkeypatch.setattr(from_headers, "header_values", noted)
    return names


def pool_of(data: Path) -> str:
    pool = pool_from_headers(fits_files([data])).pool
    assert pool is not None
    return pool.text()


def test_headers_are_read_once(data: Path, read: list[str]) -> None:
    first = pool_of(data)
    assert len(read) == 6
    read.clear()
    assert (pool_of(data), read) == (first, [])


def test_a_changed_file_is_read_again(data: Path, read: list[str]) -> None:
    before = pool_of(data)
    file = sorted(data.iterdir())[0]
    times = file.stat()
    write_file(file, cards_of(POOL, 0) | {"FILTER": "F999W"})
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # the same size and time of modification
    assert file.stat().st_size == times.st_size
    read.clear()
    after = pool_of(data)
    assert read == [file.name]
    assert ("f999w" in before, "f999w" in after) == (False, True)


def test_a_file_that_is_too_new_is_not_kept(data: Path, read: list[str]) -> None:
    pool_of(data)
    file = sorted(data.iterdir())[0]
    file.touch()
    for _ in range(2):
        read.clear()
        pool_of(data)
        assert read == [file.name]


@pytest.mark.parametrize("damage", [b"", b"not a database", None])
def test_a_damaged_cache_is_made_again(data: Path, read: list[str], damage: bytes | None) -> None:
    first = pool_of(data)
    (database,) = data.parent.joinpath("cache").rglob("*.sqlite")
    if damage is None:  # in the middle
        content = bytearray(database.read_bytes())
        content[4096:] = os.urandom(len(content) - 4096)
        damage = bytes(content)
    database.write_bytes(damage)
    assert [pool_of(data) for _ in range(2)] == [first, first]
    read.clear()
    assert (pool_of(data), read) == (first, [])


def test_entries_of_another_shape_are_not_used(data: Path, read: list[str]) -> None:
    first = pool_of(data)
    (database,) = data.parent.joinpath("cache").rglob("*.sqlite")
    with sqlite3.connect(database) as opened:
        opened.execute("UPDATE headers SET cells = ?", ('["a", 1]',))
    read.clear()
    assert (pool_of(data), len(read)) == (first, 6)


def test_a_locked_or_unwritable_cache_is_no_obstacle(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pool_of(data)
    monkeypatch.setattr("asngraph.pools.header_cache._WAIT", 0.05)
    (database,) = data.parent.joinpath("cache").rglob("*.sqlite")
    with sqlite3.connect(database) as opened:
        opened.execute("BEGIN EXCLUSIVE")
        assert pool_of(data) == first
    (data.parent / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(data.parent / "file"))
    assert pool_of(data) == first


@pytest.mark.parametrize("how", ["option", "variable"])
def test_the_cache_can_be_turned_off(
    data: Path, read: list[str], run: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--no-cache"] if how == "option" else []
    if how == "variable":
        monkeypatch.setenv("ASNGRAPH_NO_CACHE", "1")
    for _ in range(2):
        read.clear()
        assert run("list", data, *options).code == 0
        assert len(read) == 6
    assert not list(data.parent.joinpath("cache").rglob("*.sqlite"))
    if how == "option":
        assert "ASNGRAPH_NO_CACHE" not in os.environ


def test_two_processes_share_it(data: Path) -> None:
    code = (
        "import sys; from asngraph.pools.from_headers import fits_files, pool_from_headers\n"
        "print(len(pool_from_headers(fits_files(sys.argv[1:])).pool))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["6", "6"]
    assert len(pool_of(data).splitlines()) == 7


def test_old_entries_give_way(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asngraph.pools.header_cache._MOST", 5)
    pool_of(data)
    (database,) = data.parent.joinpath("cache").rglob("*.sqlite")
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT count(*) FROM headers").fetchone() == (4,)
