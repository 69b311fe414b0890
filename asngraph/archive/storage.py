"""The folder of an archive: its layout, the lock of the writer, and the snapshots for readers.

One process at a time writes to the store. Oxigraph does not define the behaviour of a reader of a store that is being
written, so that readers never open that one: complete states are published as separate snapshots of hard links, which
never change. A reader locks the snapshot that it reads, and locked snapshots are not removed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph._version import __version__
from asngraph.archive.checksums import RECORD_NAME, FileSum, Record, differences, sealed, sums_of, unsealed
from asngraph.errors import AsnGraphError, DamageError, LockedError, NoArchiveError, UsageError
from asngraph.outputs import ARCHIVE_MARKER
from asngraph.util.atomic import write_text
from asngraph.util.limits import RECORD, read_bounded
from asngraph.util.staging import check_folder, make_folder
from asngraph.util.temporary_folders import is_staging

if TYPE_CHECKING:
    import pyoxigraph

LAYOUT = 2  # layout 2 added checksums
_WITHOUT_CHECKSUMS = 1
_FORMAT = "asngraph archive"
_MARKER = ARCHIVE_MARKER
_TRIES = 50  # attempts to lock a snapshot while a writer publishes new ones


class Folder:
    """The folder of an archive.

    Parameters
    ----------
    path : path
        The folder.

    Attributes
    ----------
    path : Path
        The folder.
    store : Path
        The writer's store.
    published : Path
        The snapshots for readers, each a folder named by its revision.
    incoming : Path
        The files to be loaded.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.store = self.path / "store"
        self.published = self.path / "published"
        self.incoming = self.path / "incoming"
        self._lock = self.path / "lock"

    @property
    def is_archive(self) -> bool:
        """Whether the folder is an archive, of any layout."""
        return (self.path / _MARKER).is_file()

    @property
    def marker(self) -> Path:
        """The file that marks the folder as an archive."""
        return self.path / _MARKER

    def check(self) -> int:
        """Return the layout of the archive, after checking that this version of asngraph supports it.

        Raises
        ------
        UsageError
            When the folder is not an archive.
        AsnGraphError
            When its layout is newer, or its marker cannot be read.
        """
        if not self.is_archive:
            if self.store.exists() and self.published.exists():
                raise DamageError(self.path, f"{_MARKER} is missing")
            raise NoArchiveError(self.path)
        try:
            content = read_bounded(self.marker, RECORD)
            marker = json.loads(content)
            if "sha256" in marker or len(marker) > len(("format", "layout", "asngraph")):
                marker = unsealed(content)
            known = marker["format"] == _FORMAT
            layout = int(marker["layout"])
        except (ValueError, KeyError, TypeError, RecursionError):
            known, layout = False, 0
        if not known:
            raise DamageError(self.path, f"{_MARKER} is not the marker of an archive")
        if layout > LAYOUT:
            raise AsnGraphError(
                f"{self.path}: the archive has layout {layout}, and asngraph "
                f"{__version__} supports up to layout {LAYOUT}; "
                "update asngraph"
            )
        return layout

    def mark(self, layout: int = LAYOUT) -> None:
        """Write the file that marks the folder as an archive of a layout."""
        write_text(self.marker, sealed({"format": _FORMAT, "layout": layout, "asngraph": __version__}))

    def create(self) -> None:
        """Create the folder of an archive, if it is not one already.

        Raises
        ------
        UsageError
            When the folder is not empty, and not an archive.
        """
        if not self.is_archive and not (self.store.exists() and self.published.exists()):
            check_folder(self.path)
            # A killed process may have left a truncated marker.
            if self.path.is_dir() and any(_foreign(each.name) for each in self.path.iterdir()):
                raise UsageError(f"{self.path} is not an archive and not empty; name a new or an empty folder")
            make_folder(self.path)
            self.mark()
        self.check()
        for each in (self.published, self.incoming):
            each.mkdir(exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the archive against other writers.

        The lock contains the process id, and the locks of snapshots are shared; filelock supports neither, so that
        these are locks of the system.

        Raises
        ------
        LockedError
            When another process writes.
        """
        fcntl = _fcntl()
        with open(self._lock, "a+", encoding="ascii", opener=_never_through_a_link) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                who = file.read(20).strip()
                named = f" (process {who})" if who.isdigit() else ""
                raise LockedError(
                    f"{self.path}: another process{named} is writing to the archive; wait until it is done"
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def empty(self) -> None:
        """Remove the files to be loaded."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(exist_ok=True)

    def opening(self) -> None:
        """Check that the store has not changed since it was closed: the sizes of files, the content of short ones.

        The record of checksums is removed, since the store changes from here on. A missing record means that the last
        writer was killed.

        Raises
        ------
        DamageError
            When the store has changed.
        """
        record = self._record(self.path)
        for name, problem in differences(self.store, record.files, thorough=False) if record else ():
            raise DamageError(self.path, f"{self.store / name}: {problem}")
        (self.path / RECORD_NAME).unlink(missing_ok=True)

    def check_revision(self, revision: int) -> None:
        """Check that the opened store is not older than the published snapshot.

        Raises
        ------
        DamageError
            When the store is older.
        """
        newer = [each.name for each in self._snapshots() if int(each.name) > revision]
        if newer:
            raise DamageError(
                self.path, f"the revision of {self.store} is {revision}, and revision {newer[0]} is published"
            )

    def closed(self, revision: int, pools: Mapping[str, str]) -> None:
        """Write the checksums of the closed store.

        Parameters
        ----------
        revision : int
            The number of its changes.
        pools : mapping of str to str
            Its pools, each with its file.
        """
        Record(revision, sums_of(self.store, self._known_sums()), dict(pools)).write(self.path)
        if self.check() < LAYOUT:
            self.mark()

    def _known_sums(self) -> dict[str, FileSum]:
        numbers = [int(each.name) for each in self._snapshots()]
        record = self._record(self.published / str(max(numbers))) if numbers else None
        return record.files if record else {}

    @staticmethod
    def _record(folder: Path) -> Record | None:
        """Return the record of a folder; None if it is missing or damaged."""
        try:
            return Record.read(folder)
        except (OSError, ValueError):
            return None

    def publish(self, store: pyoxigraph.Store, revision: int, pools: Mapping[str, str]) -> None:
        """Publish the current state of the store for readers.

        Parameters
        ----------
        store : pyoxigraph.Store
            The store.
        revision : int
            Its revision, which grows with each change; a published revision is not published again unless it is
            damaged.
        pools : mapping of str to str
            Its pools, each with its file.
        """
        target = self.published / str(revision)
        self.published.mkdir(exist_ok=True)
        record = self._record(target)
        if record is None or any(differences(target, record.files, thorough=False)):
            part = self.published / f"{revision}-{secrets.token_hex(8)}.part"
            try:
                store.backup(os.fspath(part))
                Record(revision, sums_of(part, self._known_sums()), dict(pools)).write(part)
                if os.path.lexists(target):
                    gone = target.with_name(f"{revision}.gone")
                    target.rename(gone)
                    _remove(gone)
                part.rename(target)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
        self._clear(revision)

    def _clear(self, revision: int) -> None:
        """Remove the snapshots without readers, and leftover files."""
        fcntl = _fcntl()
        for each in self.published.iterdir():
            if each.name == str(revision):
                continue
            if each.name.isdigit():
                held = os.open(each, os.O_RDONLY)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    gone = each.with_name(f"{each.name}.gone")
                    each.rename(gone)
                except OSError:  # a reader has locked it
                    continue
                finally:
                    os.close(held)
                _remove(gone)
            else:
                _remove(each)

    def latest(self) -> tuple[Path, SnapshotLock]:
        """Return the latest snapshot, locked.

        Returns
        -------
        path
            The snapshot.
        SnapshotLock
            The lock; the snapshot is kept until it is closed.

        Raises
        ------
        AsnGraphError
            When nothing is published yet.
        DamageError
            When it has changed since it was published, by the sizes of files and the content of short ones.
        """
        layout = self.check()
        for _ in range(_TRIES):
            last = self._record(self.path)  # before listing snapshots, since a writer publishes first
            numbers = [int(each.name) for each in self._snapshots()]
            if last is not None and max(numbers, default=-1) < last.revision:
                raise DamageError(self.path, f"{self.published / str(last.revision)} is missing")
            if not numbers:
                break
            path = self.published / str(max(numbers))
            try:
                held = SnapshotLock(path)
            except OSError:  # it was removed before it was locked: there is a later one
                continue
            try:
                self._verify(path, layout)
            except BaseException:
                held.close()
                raise
            return path, held
        raise AsnGraphError(
            f"{self.path}: the archive has no published snapshot yet; add a pool, and wait until it is done"
        )

    def _verify(self, snapshot: Path, layout: int) -> None:
        if layout == _WITHOUT_CHECKSUMS and not (snapshot / RECORD_NAME).exists():
            return
        try:
            record = Record.read(snapshot)
        except OSError as error:
            raise DamageError(self.path, f"{snapshot / RECORD_NAME}: {error.strerror or error}") from None
        except ValueError as error:
            raise DamageError(self.path, f"{snapshot / RECORD_NAME}: {error}") from None
        for name, problem in differences(snapshot, record.files, thorough=False):
            raise DamageError(self.path, f"{snapshot / name}: {problem}")

    def _snapshots(self) -> list[Path]:
        if not self.published.is_dir():
            return []
        return [each for each in self.published.iterdir() if each.name.isdigit()]

    def size(self) -> int:
        """Return the disk space of the archive, in bytes; hard links count once."""
        found: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.path):  # skips folders that are removed meanwhile
            for name in names:
                with suppress(FileNotFoundError):
                    status = Path(folder, name).lstat()
                    found[status.st_dev, status.st_ino] = status.st_blocks * 512
        return sum(found.values())


class SnapshotLock:
    """A shared lock of a snapshot, which keeps it until the lock is closed or the process ends.

    Raises
    ------
    OSError
        When the snapshot was removed.
    """

    def __init__(self, path: Path) -> None:
        fcntl = _fcntl()
        self._descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if not os.path.samestat(path.stat(), os.fstat(self._descriptor)):
                raise FileNotFoundError(path)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Release the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


def _foreign(name: str) -> bool:
    return name != _MARKER and not is_staging(name)


def _never_through_a_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _remove(path: Path) -> None:
    """Remove a folder or a file; ignore errors."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _fcntl() -> Any:
    try:
        import fcntl
    except ImportError:
        raise AsnGraphError("archives need the file locks of Linux or macOS") from None
    return fcntl
