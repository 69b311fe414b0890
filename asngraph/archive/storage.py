"""The folder of an archive: what is where in it, who may write to it, and what readers see of it.

One process at a time writes to the store. Oxigraph does not define what becomes of a reader of a store that is written
to, so readers never open that one: what is whole is published as a snapshot of its own, made of hard links, which
nothing changes any more. A reader holds a lock on the snapshot that it reads, and no snapshot goes while it is held.
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
from asngraph.util.atomic import write_text
from asngraph.util.limits import RECORD, read_bounded
from asngraph.util.staging import check_folder, is_staging, make_folder

if TYPE_CHECKING:
    import pyoxigraph

LAYOUT = 2  # since 2 there are checksums
_WITHOUT_CHECKSUMS = 1
_FORMAT = "asngraph archive"
_MARKER = "archive.json"
_TRIES = 50  # at a snapshot, while a writer publishes one after the other


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
        The store that is written to.
    published : Path
        The snapshots that are read, each a folder whose name is its number.
    incoming : Path
        What is about to be loaded.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.store = self.path / "store"
        self.published = self.path / "published"
        self.incoming = self.path / "incoming"
        self._lock = self.path / "lock"

    @property
    def is_archive(self) -> bool:
        """Whether there is an archive, of whatever layout."""
        return (self.path / _MARKER).is_file()

    @property
    def marker(self) -> Path:
        """The file that says that this is an archive."""
        return self.path / _MARKER

    def check(self) -> int:
        """See that the folder holds an archive that this version of asngraph knows, and return its layout.

        Raises
        ------
        UsageError
            When it holds none.
        AsnGraphError
            When its layout is a newer one, or its marker cannot be read.
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
            raise DamageError(self.path, f"{_MARKER} is not that of an archive")
        if layout > LAYOUT:
            raise AsnGraphError(
                f"{self.path}: the archive has layout {layout}, and asngraph {__version__} knows layout {LAYOUT}; "
                "update asngraph"
            )
        return layout

    def mark(self, layout: int = LAYOUT) -> None:
        """Write the file that says that this is an archive of a layout."""
        write_text(self.marker, sealed({"format": _FORMAT, "layout": layout, "asngraph": __version__}))

    def create(self) -> None:
        """Make the folder of an archive, unless it is one.

        Raises
        ------
        UsageError
            When something else is there.
        """
        if not self.is_archive and not (self.store.exists() and self.published.exists()):
            check_folder(self.path)
            # Our own marker may have been half written by a process that was killed.
            if self.path.is_dir() and any(_foreign(each.name) for each in self.path.iterdir()):
                raise UsageError(f"{self.path} is no archive and not empty; name a new folder, or an empty one")
            make_folder(self.path)
            self.mark()
        self.check()
        for each in (self.published, self.incoming):
            each.mkdir(exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing.

        The lock tells its process, and snapshots have shared locks; filelock has neither, so both are of the system.

        Raises
        ------
        LockedError
            When another one writes.
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
        """Remove what was about to be loaded."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(exist_ok=True)

    def opening(self) -> None:
        """See that the store is as it was when it was last closed, as far as sizes and short files tell.

        From here on it changes, and the record of it goes. Where there is none, the last writer was killed.

        Raises
        ------
        DamageError
            When it is not.
        """
        record = self._record(self.path)
        for name, problem in differences(self.store, record.files, thorough=False) if record else ():
            raise DamageError(self.path, f"{self.store / name}: {problem}")
        (self.path / RECORD_NAME).unlink(missing_ok=True)

    def check_revision(self, revision: int) -> None:
        """See that a store that was opened has all that was published.

        Raises
        ------
        DamageError
            When more was published than the store has.
        """
        newer = [each.name for each in self._snapshots() if int(each.name) > revision]
        if newer:
            raise DamageError(self.path, f"{self.store} has revision {revision}, and {newer[0]} is published")

    def closed(self, revision: int, pools: Mapping[str, str]) -> None:
        """Write down how the store is, now that it is closed.

        Parameters
        ----------
        revision : int
            How often it was changed.
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
        """Read the record of a folder; None where there is none that can be read."""
        try:
            return Record.read(folder)
        except (OSError, ValueError):
            return None

    def publish(self, store: pyoxigraph.Store, revision: int, pools: Mapping[str, str]) -> None:
        """Let readers see the store as it is now.

        Parameters
        ----------
        store : pyoxigraph.Store
            The store.
        revision : int
            Its number, which grows with each change; one that is published is not published again, if it is whole.
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
        """Remove the snapshots that nobody reads any more, and what was left over."""
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
                except OSError:  # someone reads it
                    continue
                finally:
                    os.close(held)
                _remove(gone)
            else:
                _remove(each)

    def latest(self) -> tuple[Path, Held]:
        """Find the latest snapshot, and hold it.

        Returns
        -------
        path
            The snapshot.
        Held
            As long as this is not closed, the snapshot stays.

        Raises
        ------
        AsnGraphError
            When nothing is published yet.
        DamageError
            When it is not as it was published, as far as sizes and short files tell.
        """
        layout = self.check()
        for _ in range(_TRIES):
            last = self._record(self.path)  # before looking, since a writer publishes first
            numbers = [int(each.name) for each in self._snapshots()]
            if last is not None and max(numbers, default=-1) < last.revision:
                raise DamageError(self.path, f"{self.published / str(last.revision)} is missing")
            if not numbers:
                break
            path = self.published / str(max(numbers))
            try:
                held = Held(path)
            except OSError:  # it went between looking and holding: there is a later one
                continue
            try:
                self._verify(path, layout)
            except BaseException:
                held.close()
                raise
            return path, held
        raise AsnGraphError(f"{self.path}: nothing is published in the archive yet; add a pool, to its end")

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
        """Return how much disk the archive takes, in bytes; what is there under two names counts once."""
        found: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.path):  # which passes over folders that go meanwhile
            for name in names:
                with suppress(FileNotFoundError):
                    told = Path(folder, name).lstat()
                    found[told.st_dev, told.st_ino] = told.st_blocks * 512
        return sum(found.values())


class Held:
    """A snapshot that is held, so that it stays; let go when it is closed, or its process ends.

    Raises
    ------
    OSError
        When it is not there any more.
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
        """Let it go."""
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
    """Remove a folder or a file, if it is there and that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _fcntl() -> Any:
    try:
        import fcntl
    except ImportError:
        raise AsnGraphError("an archive needs a system that locks files as Linux and macOS do") from None
    return fcntl
