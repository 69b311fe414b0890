"""The cache of graphs: what a question decided is at hand for the next one about the same pool.

A file of the cache is named by what decides its content: the checksums of the pool and of the tables beside it, the
rules, the options, and the code of asngraph. Files are in the user's cache, in a folder that only the user can read,
and are complete or absent; of all together, those that were used last are kept. Reading one runs no code
(`asngraph.questions.stored_collection`).
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from asngraph._version import REFERENCE, __version__
from asngraph.errors import AsnGraphError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.model.pool import Pool
from asngraph.pools.from_headers import is_fits_name
from asngraph.pools.sources import Paths, paths_of
from asngraph.questions.collection import AssociationCollection
from asngraph.questions.sources import collect
from asngraph.questions.stored_collection import DamagedCollectionError, StoredCollection, write_collection
from asngraph.rules.fingerprint import fingerprint
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet
from asngraph.util.atomic import replacing
from asngraph.util.limits import is_stream
from asngraph.util.user_cache import cache_folder, caching

_MOST = 1 << 30  # bytes of all files together
_SMALLEST = 1 << 18  # pools of fewer bytes are decided in less time than their graph is read
_LAYOUT = 1
_PACKAGE = Path(__file__).parent.parent


def collect_cached(
    source: Paths,
    rules: RuleSet,
    delimiter: str = "|",
    support: str | None = None,
    excluded: Mapping[str, str] | None = None,
    *,
    again: bool = False,
) -> AssociationCollection:
    """Return the collection of a source, from the cache if it has the graph; otherwise leave it there.

    Parameters
    ----------
    source : path or sequence of path
        A pool, for which the cache is used; or another source.
    rules, delimiter, support, excluded
        As for `asngraph.questions.collect`.
    again : bool
        Whether to decide again, and to replace what the cache has.

    Returns
    -------
    AssociationCollection
        Equal to that of `asngraph.questions.collect` for all questions about exposures. One from the cache raises a
        `DamagedCollectionError` where its file is damaged.
    """
    paths = paths_of(source)
    entry = _entry(paths[0], rules, delimiter, support, excluded or {}) if len(paths) == 1 else None
    if entry is not None and not again:
        found = entry.read()
        if found is not None:
            return found
    collection = collect(source, rules, delimiter, support, excluded)
    if entry is not None and collection.graph is not None:
        entry.write(collection)
    return collection


def _entry(
    source: Path, rules: RuleSet, delimiter: str, support: str | None, excluded: Mapping[str, str]
) -> _Entry | None:
    """Return the entry of a pool; None if the source is not a large file, or the cache is off."""
    inputs = [Path(each) for each in (source, support) if each is not None]
    try:
        if not caching() or is_fits_name(source.name) or any(is_stream(each) or not each.is_file() for each in inputs):
            return None
        folder = cache_folder("graphs") if source.stat().st_size >= _SMALLEST else None
        if folder is None or not _is_private(folder.lstat()):
            return None
        states = {each: _State.of(each) for each in inputs}
        code = _code()
    except OSError:
        return None
    decided_by = [
        _LAYOUT, __version__, REFERENCE, code, _digest(rules), source.name, delimiter,
        [state.checksum for state in states.values()], sorted(excluded.items()),
    ]  # fmt: skip
    key = hashlib.sha256(json.dumps(decided_by).encode("ascii")).hexdigest()

    def decide() -> AssociationGraph:
        return generate(Pool.read(source, delimiter), rules=rules, support=support, excluded=excluded)

    return _Entry(folder / f"{key}.zip", key, states, rules, decide)


class _State(NamedTuple):
    """State of an input: its content, and what changes with it."""

    checksum: str
    changes: tuple[int, ...]

    @classmethod
    def of(cls, path: Path) -> _State:
        with path.open("rb") as file:
            return cls(hashlib.file_digest(file, "sha256").hexdigest(), _changes(os.fstat(file.fileno())))


def _changes(state: os.stat_result) -> tuple[int, ...]:
    return state.st_size, state.st_mtime_ns, state.st_ino


class _Entry(NamedTuple):
    """Entry of the cache: the file of a graph, and what decides it."""

    path: Path
    key: str
    inputs: dict[Path, _State]
    rules: RuleSet
    decide: Callable[[], AssociationGraph]

    def read(self) -> AssociationCollection | None:
        """Return the collection; None if it is not there, or belongs to another user."""
        try:
            file = _opened(self.path)
            if file is None:
                return None
            with suppress(OSError):
                os.utime(self.path)  # it is the one that was used last
            return StoredCollection(file, self.path, self.key, self.rules, self.decide)
        except (OSError, DamagedCollectionError):
            return None

    def write(self, collection: AssociationCollection) -> None:
        """Store a collection, unless an input changed while it was decided."""
        with suppress(OSError, AsnGraphError):
            if any(_changes(path.stat()) != state.changes for path, state in self.inputs.items()):
                return
            with replacing(self.path) as (file,):
                write_collection(collection, self.key, file)
            self._trim()

    def _trim(self) -> None:
        """Remove the files that have not been used for the longest time, until the others are within the limit."""
        found = [(each.stat(), each) for each in self.path.parent.glob("*.zip")]
        size = 0
        for state, path in sorted(found, key=lambda one: one[0].st_mtime_ns, reverse=True):
            size += state.st_size
            if size > _MOST:
                path.unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes] | None:
    """Open a file that only this user can have written."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if _is_private(os.fstat(file.fileno())):
        return file
    file.close()
    return None


def _is_private(state: os.stat_result) -> bool:
    """Return whether a file or folder belongs to this user, and no other user can write to it."""
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
        return False
    if not hasattr(os, "geteuid"):  # not a POSIX system; the cache is in the user's own folder
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _digest(rules: RuleSet) -> str:
    """Return the fingerprint of rules; the observatory's follow from the code."""
    known = observatory_rules()
    if len(rules) == len(known) and rules.facts == known.facts and all(map(operator.is_, rules, known)):
        return "observatory"
    return fingerprint(rules)


@cache
def _code() -> str:
    """Return a digest of the sizes and times of the modules of asngraph: a changed module may decide otherwise."""
    states = []
    for folder, _, files in os.walk(_PACKAGE):
        modules = [os.path.join(folder, name) for name in files if name.endswith(".py")]  # noqa: PTH118 (many)
        states += [(path, *_changes(os.stat(path))[:2]) for path in modules]  # noqa: PTH116
    return hashlib.sha256(repr(sorted(states)).encode()).hexdigest()
