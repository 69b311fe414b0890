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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph._version import __version__
from asngraph.errors import AsnGraphError, UsageError
from asngraph.files import write_text
from asngraph.staging import check_folder, is_staging, make_folder

if TYPE_CHECKING:
    import pyoxigraph

LAYOUT = 1
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

    def check(self) -> None:
        """See that the folder holds an archive that this version of asngraph knows.

        Raises
        ------
        UsageError
            When it holds none.
        AsnGraphError
            When its layout is a newer one, or its marker cannot be read.
        """
        if not self.is_archive:
            raise UsageError(f"{self.path}: there is no archive; `asngraph archive add POOL --store DIR` makes one")
        try:
            marker = json.loads((self.path / _MARKER).read_text("utf-8"))
            known = marker["format"] == _FORMAT
            layout = int(marker["layout"])
        except (ValueError, KeyError, TypeError):
            known, layout = False, 0
        if not known:
            raise AsnGraphError(f"{self.path / _MARKER} is not that of an archive; put back the one that was there")
        if layout > LAYOUT:
            raise AsnGraphError(
                f"{self.path}: the archive has layout {layout}, and asngraph {__version__} knows layout {LAYOUT}; "
                "update asngraph"
            )

    def create(self) -> None:
        """Make the folder of an archive, unless it is one.

        Raises
        ------
        UsageError
            When something else is there.
        """
        if not self.is_archive:
            check_folder(self.path)
            # Our own marker may have been half written by a process that was killed.
            if self.path.is_dir() and any(_foreign(each.name) for each in self.path.iterdir()):
                raise UsageError(f"{self.path} is no archive and not empty; name a new folder, or an empty one")
            make_folder(self.path)
            marker = {"format": _FORMAT, "layout": LAYOUT, "asngraph": __version__}
            write_text(self.path / _MARKER, json.dumps(marker) + "\n")
        self.check()
        for each in (self.published, self.incoming):
            each.mkdir(exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing.

        Raises
        ------
        AsnGraphError
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
                raise AsnGraphError(
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

    def publish(self, store: pyoxigraph.Store, revision: int) -> None:
        """Let readers see the store as it is now.

        Parameters
        ----------
        store : pyoxigraph.Store
            The store.
        revision : int
            Its number, which grows with each change; one that is published is not published again.
        """
        target = self.published / str(revision)
        if not target.is_dir():
            part = self.published / f"{revision}-{secrets.token_hex(8)}.part"
            try:
                store.backup(os.fspath(part))
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
                shutil.rmtree(gone, ignore_errors=True)
            else:
                shutil.rmtree(each, ignore_errors=True)

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
        """
        self.check()
        for _ in range(_TRIES):
            numbers = [int(each.name) for each in self._snapshots()]
            if not numbers:
                break
            path = self.published / str(max(numbers))
            with suppress(OSError):  # it went between looking and holding: there is a later one
                return path, Held(path)
        raise AsnGraphError(f"{self.path}: nothing is published in the archive yet; add a pool, to its end")

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


def _fcntl() -> Any:
    try:
        import fcntl
    except ImportError:
        raise AsnGraphError("an archive needs a system that locks files as Linux and macOS do") from None
    return fcntl
