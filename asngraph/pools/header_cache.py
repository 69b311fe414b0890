"""Cache of the cells that were read from headers, in the user's cache folder.

An entry is valid for a file of the same path, identity, size and times of change. The cache is an SQLite database: two
processes can use it at once, and one that is damaged is made again. It holds texts only.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from asngraph._version import __version__
from asngraph.pools.keywords import KEYWORDS
from asngraph.util.user_cache import cache_folder, caching

Cells = dict[str, str]

_NAME = "headers-1.sqlite"  # a change of the tables gets another name
_COLUMNS = tuple(keyword.column for keyword in KEYWORDS)
# Entries of other versions, which may read headers differently, are not used.
_VERSION = json.dumps([__version__, *_COLUMNS])
# The most entries that are kept, and the share that remains when there are more; an entry has about 0.7 kB.
_MOST, _KEPT = 200_000, 0.8
_WAIT = 2.0  # the time, in seconds, to wait for another process
# A file that has changed within this time, in ns, can change again without a difference in its times.
_FRESH = 100_000_000

_TABLES = """
CREATE TABLE IF NOT EXISTS version (version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS headers (
    path BLOB PRIMARY KEY, stamp TEXT NOT NULL, cells TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
"""


class HeaderCache:
    """Cells of headers by file; new ones are written when `header_cache` ends.

    Parameters
    ----------
    database : sqlite3.Connection, optional
        The database; without it nothing is cached.

    Attributes
    ----------
    damaged : bool
        Whether the database was found to be damaged.
    """

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        self.damaged = False
        self._fresh: list[tuple[bytes, str, str, int]] = []

    def get(self, path: Path) -> tuple[Cells | None, str]:
        """Return the cells of a file, or None; and the file's stamp, for `put`.

        Parameters
        ----------
        path : path
            The file.
        """
        if self._database is None:
            return None, ""
        try:
            found = os.stat(path)  # noqa: PTH116 (many of them)
        except OSError:
            return None, ""
        stamp = f"{found.st_dev}.{found.st_ino}.{found.st_size}.{found.st_mtime_ns}.{found.st_ctime_ns}"
        with self._faults():
            row = self._database.execute("SELECT stamp, cells FROM headers WHERE path = ?", (_key(path),)).fetchone()
            if row is not None and row[0] == stamp:
                return _cells(row[1]), stamp
        return None, "" if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) < _FRESH else stamp

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Go on without the cache when it fails, and note when it is damaged."""
        try:
            yield
        except sqlite3.OperationalError:  # in use by another process, or no space
            pass
        except sqlite3.DatabaseError:
            self.damaged = True

    def put(self, path: Path, stamp: str, cells: Cells) -> None:
        """Add the cells of a file.

        Parameters
        ----------
        path : path
            The file.
        stamp : str
            The file's stamp before it was read (`get`).
        cells : dict of str to str
            Its cells.
        """
        if stamp:
            texts = json.dumps([cells[column] for column in _COLUMNS])
            self._fresh.append((_key(path), stamp, texts, int(time.time())))

    def save(self) -> None:
        """Write the new entries, and remove the oldest when there are too many."""
        if self._database is None or not self._fresh:
            return
        with self._faults(), self._database as database:
            database.executemany("INSERT OR REPLACE INTO headers VALUES (?, ?, ?, ?)", self._fresh)
            (count,) = database.execute("SELECT count(*) FROM headers").fetchone()
            if count > _MOST:
                database.execute(
                    "DELETE FROM headers WHERE path IN (SELECT path FROM headers ORDER BY used LIMIT ?)",
                    (count - int(_MOST * _KEPT),),
                )


@contextmanager
def header_cache() -> Iterator[HeaderCache]:
    """Open the cache of headers, which stays empty when the environment variable ``ASNGRAPH_NO_CACHE`` is set.

    Yields
    ------
    HeaderCache
    """
    database = _opened() if caching() else None
    cache = HeaderCache(database)
    try:
        yield cache
        cache.save()
    finally:
        _close(database)
        if cache.damaged:
            _remove()


def _opened() -> sqlite3.Connection | None:
    """Return the database, which is made again if it is damaged; None when it cannot be used."""
    folder = cache_folder("headers")
    if folder is None:
        return None
    for _ in range(2):
        database: sqlite3.Connection | None = None
        try:
            database = sqlite3.connect(folder / _NAME, timeout=_WAIT)
            _prepare(database)
        except sqlite3.OperationalError:  # in use, or it cannot be opened or written
            _close(database)
            return None
        except sqlite3.DatabaseError:
            _close(database)
            _remove()
        else:
            return database
    return None


def _remove() -> None:
    folder = cache_folder("headers")
    for name in (_NAME, f"{_NAME}-journal"):
        with suppress(OSError):
            if folder is not None:
                (folder / name).unlink(missing_ok=True)


def _close(database: sqlite3.Connection | None) -> None:
    if database is not None:
        database.close()


def _prepare(database: sqlite3.Connection) -> None:
    """Make the tables, and empty them if another version wrote them."""
    with database:
        database.executescript(_TABLES)
        if database.execute("SELECT version FROM version").fetchall() != [(_VERSION,)]:
            database.execute("DELETE FROM version")
            database.execute("DELETE FROM headers")
            database.execute("INSERT INTO version VALUES (?)", (_VERSION,))
    database.execute("SELECT stamp, cells, used FROM headers LIMIT 1").fetchone()


def _key(path: Path) -> bytes:
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 (.. as written)


def _cells(text: object) -> Cells | None:
    """Return the cells of an entry; None when the entry is not a list of as many texts as there are columns."""
    try:
        texts: Sequence[object] = json.loads(str(text))
    except (ValueError, RecursionError):
        return None
    if not isinstance(texts, list) or len(texts) != len(_COLUMNS) or not all(isinstance(cell, str) for cell in texts):
        return None
    return dict(zip(_COLUMNS, map(str, texts), strict=True))
