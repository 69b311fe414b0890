"""Checking an archive: its damaged files, the affected pools, and how to repair it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from asngraph.archive.catalogue import Catalogue
from asngraph.archive.checksums import RECORD_NAME, Record, differences
from asngraph.archive.damage import damage_named, in_words
from asngraph.archive.storage import LAYOUT, Folder, SnapshotLock
from asngraph.errors import AsnGraphError, DamageError, NoArchiveError, UsageError
from asngraph.rdf.store import oxigraph

WHOLE, DAMAGED, UNKNOWN = "whole", "damaged", "unknown"


class Problem(NamedTuple):
    """A damaged file or folder.

    Parameters
    ----------
    place : str
        The file or folder, relative to that of the archive.
    problem : str
        The problem.
    """

    place: str
    problem: str


class PoolState(NamedTuple):
    """The state of a pool.

    Parameters
    ----------
    pool : str
        Its name.
    file : str
        The file that it was read from.
    state : str
        ``whole``, ``damaged``, or ``unknown`` where the store cannot be opened.
    problem : str
        The problem.
    """

    pool: str
    file: str
    state: str
    problem: str = ""


@dataclass
class Check:
    """The result of a check of an archive.

    Attributes
    ----------
    store : str
        The folder of the archive.
    checksums : bool
        Whether there were checksums to compare; otherwise the statements of the pools were read instead.
    problems : list of Problem
        The damaged files and folders.
    pools : list of PoolState
        The pools that readers see.
    mending : list of str
        The steps of the repair.
    notes : list of str
        Notes about parts that could not be checked.
    """

    ALSO_IN_JSON: ClassVar[tuple[str, ...]] = ("whole",)

    store: str
    checksums: bool = True
    problems: list[Problem] = field(default_factory=list)
    pools: list[PoolState] = field(default_factory=list)
    mending: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problems_in(self, folder: str) -> list[Problem]:
        """Return the problems of a folder and of its content."""
        return [each for each in self.problems if each.place == folder or each.place.startswith(f"{folder}/")]

    @property
    def whole(self) -> bool:
        """Whether nothing is damaged."""
        return not self.problems and all(pool.state == WHOLE for pool in self.pools)


def check(folder: str | os.PathLike[str]) -> Check:
    """Return all damage of an archive. Every file is read; nothing is changed.

    Parameters
    ----------
    folder : path
        The folder of the archive.

    Returns
    -------
    Check

    Raises
    ------
    UsageError
        When the folder is not an archive.
    AsnGraphError
        When the layout of the archive is newer than this version of asngraph.
    """
    place = Folder(folder)
    if not (place.is_archive or place.published.exists() or place.store.exists()):
        raise NoArchiveError(place.path)
    return _Checking(place).done()


class _Checking:
    """A check in progress."""

    def __init__(self, place: Folder) -> None:
        self._place = place
        self._found = Check(os.fspath(place.path))
        self._seen: dict[tuple[int, int], str] = {}
        self._layout = LAYOUT

    def done(self) -> Check:
        self._marker()
        with ExitStack() as held:
            snapshot, record = self._snapshot(held)
            published_whole = snapshot is not None and not self._found.problems_in("published")
            store_whole = self._store(held)
            if snapshot is not None and (record is None or not published_whole):
                self._found.pools = self._read(snapshot, record)
            elif record is not None:
                self._found.pools = [PoolState(pool, file, WHOLE) for pool, file in sorted(record.pools.items())]
            published_whole &= all(pool.state == WHOLE for pool in self._found.pools)
            if not self._found.whole:
                self._mend(snapshot, published=published_whole, store=store_whole)
        return self._found

    def _damaged(self, path: Path, problem: str) -> None:
        self._found.problems.append(Problem(path.relative_to(self._place.path).as_posix(), problem))

    def _marker(self) -> None:
        try:
            self._layout = self._place.check()
        except DamageError:
            sort = "it is changed or truncated" if self._place.is_archive else "it is missing"
            self._damaged(self._place.marker, sort)
        except UsageError:
            self._damaged(self._place.marker, "it is missing")
        for path in (self._place.published, self._place.incoming):
            if path.exists() and not path.is_dir():
                self._damaged(path, "it is not a folder")
        if (self._place.path / "lock").is_dir():
            self._damaged(self._place.path / "lock", "it is a folder")

    def _snapshot(self, held: ExitStack) -> tuple[Path | None, Record | None]:
        """Compare the files of the published snapshot with their checksums."""
        last, numbers = self._record(self._place.path, required=False), self._numbers()
        if last is not None and last.revision > max(numbers, default=-1):
            self._damaged(self._place.published / str(last.revision), "it is missing")
            return None, last
        if not numbers:
            self._damaged(self._place.published, "nothing is published")
            return None, last
        path = self._place.published / str(max(numbers))
        if not path.is_dir():
            self._damaged(path, "it is not a folder")
            return None, last
        with suppress(OSError):
            held.callback(SnapshotLock(path).close)
        record = self._record(path, required=self._layout >= LAYOUT)
        if record is None:
            self._found.checksums = False
            self._found.notes.append(
                "there are no checksums of the published snapshot; its statements were "
                "read instead, which finds less damage; "
                "`asngraph archive collect` writes them"
            )
            return path, None
        self._compare(path, record)
        return path, record

    def _numbers(self) -> list[int]:
        published = self._place.published
        return [int(each.name) for each in published.iterdir() if each.name.isdigit()] if published.is_dir() else []

    def _record(self, folder: Path, *, required: bool) -> Record | None:
        path = folder / RECORD_NAME
        try:
            return Record.read(folder)
        except FileNotFoundError:
            if required:
                self._damaged(path, "it is missing")
        except OSError as error:
            self._damaged(path, error.strerror or str(error))
        except ValueError as error:
            self._damaged(path, str(error))
        return None

    def _compare(self, folder: Path, record: Record) -> None:
        for name, problem in differences(folder, record.files, thorough=True, seen=self._seen):
            self._damaged(folder / name, problem)

    def _store(self, held: ExitStack) -> bool:
        """Check the writer's store; return whether it is intact."""
        store, before = self._place.store, len(self._found.problems)
        try:
            held.enter_context(self._place.locked())
        except (AsnGraphError, OSError) as error:
            if not (self._place.path / "lock").is_dir():
                self._found.notes.append(f"the writer's store was not checked: {error}")
                return True
        if not store.is_dir():
            self._damaged(store, "it is not a folder" if store.exists() else "it is missing")
            return False
        with suppress(OSError, ValueError):
            self._compare(store, Record.read(self._place.path))
            return len(self._found.problems) == before
        # The last writer was killed, or the archive is older than checksums.
        for state in self._read(store, None):
            if state.state != WHOLE:
                self._damaged(store, f"{state.pool or 'the catalogue'}: {state.problem}")
        return len(self._found.problems) == before

    def _read(self, path: Path, record: Record | None) -> list[PoolState]:
        """Return the states of the pools of a store, from reading all their statements."""
        known = record.pools if record is not None else {}
        try:
            with damage_named(self._place.path):
                opened = oxigraph().Store.read_only(os.fspath(path))
                catalogue = Catalogue(opened)
                versions = list(catalogue.current().values())
                revision = catalogue.revision
        except DamageError as error:
            cause = in_words(error.__cause__ or error)
            if not known:
                self._damaged(path, f"the catalogue cannot be read: {cause}")
            return [PoolState(pool, file, UNKNOWN, cause) for pool, file in sorted(known.items())]
        published = max(self._numbers(), default=0)
        if revision < published:
            self._damaged(path, f"its revision is {revision}, and revision {published} is published")
        return [PoolState(each.pool, each.file, *_state(opened, each)) for each in versions]

    def _mend(self, snapshot: Path | None, *, published: bool, store: bool) -> None:
        found, place = self._found, self._place
        folder = shlex.quote(os.fspath(place.path))
        steps = found.mending
        if any(problem.place == place.marker.name for problem in found.problems):
            steps.append(f"`asngraph archive check --store {folder} --mark` rewrites {place.marker.name}")
        steps += [
            f"remove {place.path / problem.place}"
            for problem in found.problems
            if problem.place in ("incoming", "lock") or (problem.place == "published" and place.published.is_file())
        ]
        if not published and store:
            steps.append(f"`asngraph archive collect --store {folder}` publishes the store again")
        elif published and snapshot is not None and not store:
            copied = f"{folder}/{snapshot.relative_to(place.path).as_posix()}"
            steps.append(
                f"the published snapshot is intact: rm -r {folder}/store "
                f"{folder}/{RECORD_NAME}; cp -r {copied} {folder}/store"
            )
        elif not published:
            files = " ".join(shlex.quote(pool.file) for pool in found.pools) or "POOL..."
            steps.append(f"make a new archive: asngraph archive add {files} --store NEW_FOLDER")
        elif any(problem.place == RECORD_NAME for problem in found.problems):
            steps.append(f"`asngraph archive collect --store {folder}` rewrites {RECORD_NAME}")


def _state(store: Any, version: Any) -> tuple[str, str]:
    """Return the state of a pool, from reading all its statements in two of Oxigraph's sort orders."""
    try:
        predicates: dict[Any, int] = {}
        for quad in store.quads_for_pattern(None, None, None, version.graph):
            predicates[quad.predicate] = predicates.get(quad.predicate, 0) + 1
        by_predicate = sum(_count(store.quads_for_pattern(None, each, None, version.graph)) for each in predicates)
    except (OSError, RuntimeError, ValueError) as error:
        return DAMAGED, in_words(error)
    for count in (sum(predicates.values()), by_predicate):
        if count != version.quads:
            return DAMAGED, f"it has {count} statements instead of {version.quads}"
    return WHOLE, ""


def _count(quads: Iterable[Any]) -> int:
    return sum(1 for _ in quads)


def lines_of(found: Check) -> Iterator[str]:
    """Yield the lines of a report of a check."""
    for problem in found.problems:
        yield f"{problem.place}: {problem.problem}"
    for pool in found.pools:
        yield f"{pool.pool}: {pool.state}" + (f": {pool.problem}" if pool.problem else "")
    for note in found.notes:
        yield f"note: {note}"
    for step in found.mending:
        yield f"to repair it: {step}"


def mark_anew(folder: str | os.PathLike[str]) -> None:
    """Rewrite the file that marks a folder as an archive, if it is damaged or missing.

    Parameters
    ----------
    folder : path
        The folder of the archive.

    Raises
    ------
    UsageError
        When the folder has no store.
    """
    place = Folder(folder)
    with suppress(DamageError):
        place.check()
        return
    if place.marker.is_dir():
        place.marker.rmdir()
    place.mark(LAYOUT if any(place.published.glob(f"*/{RECORD_NAME}")) else LAYOUT - 1)
