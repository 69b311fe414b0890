"""Writing files so that none is ever seen half written."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from asngraph.errors import AsnGraphError, UsageError


def check_place(*files: Path) -> None:
    """Refuse files that cannot be written: their folder is not there, or they are folders.

    Parameters
    ----------
    *files : path
        The files, as they were asked for.

    Raises
    ------
    UsageError
        With what to name instead.
    """
    for file in files:
        if not file.parent.is_dir():
            raise UsageError(f"{file.parent}: there is no such folder; make it, or name another")
        if file.is_dir():
            raise UsageError(f"{file} is a folder; name the file to write")


def write_text(path: str | os.PathLike[str], text: str, *, replace: bool = True) -> None:
    """Write a file beside its place, then move it there.

    Parameters
    ----------
    path : path
        Where the file is to be.
    text : str
        What it is to hold.
    replace : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    FileExistsError
        When there is such a file and it may not be replaced.
    """
    write_bytes(path, text.encode("utf-8"), replace=replace)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, replace: bool = True) -> None:
    """Write a file that is no text, as `write_text` does.

    Parameters
    ----------
    path : path
        Where the file is to be.
    content : bytes
        What it is to hold.
    replace : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    FileExistsError
        When there is such a file and it may not be replaced.
    """
    target = os.fspath(path)
    beside = f"{target}.{os.getpid()}.part"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if replace:
            os.replace(beside, target)  # noqa: PTH105 (half the time of Path.replace, once for each association)
        else:
            os.link(beside, target)
            os.unlink(beside)  # noqa: PTH108
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def write_durably(
    path: str | os.PathLike[str], content: bytes, *, replace: bool = True, like: str | os.PathLike[str] | None = None
) -> None:
    """Write a file as `write_bytes` does, so that it outlasts a loss of power too.

    Parameters
    ----------
    path : path
        Where the file is to be.
    content : bytes
        What it is to hold.
    replace : bool
        Whether a file of that name may be replaced.
    like : path, optional
        The file whose mode it gets; by default the one that it replaces.

    Raises
    ------
    FileExistsError
        When there is such a file and it may not be replaced.
    """
    target = Path(path)
    model = Path(like or target)
    beside = f"{target}.{os.getpid()}.part"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        try:
            if model.exists():
                Path(beside).chmod(model.stat().st_mode & 0o7777)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            os.replace(beside, target)  # noqa: PTH105
        else:
            os.link(beside, target)
            os.unlink(beside)  # noqa: PTH108
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk, where the system lets one."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(folder: str | os.PathLike[str], seconds: float = 30.0) -> Iterator[None]:
    """Keep a folder for oneself, among those who ask so.

    The folder itself is locked, so that no lock file is left behind, and the lock ends with its process. Where the
    system or the disk has no such locks, nothing is.

    Parameters
    ----------
    folder : path
        The folder.
    seconds : float
        How long to wait for another who has it.

    Raises
    ------
    AsnGraphError
        When another still has it.
    """
    try:
        import fcntl
    except ImportError:  # no POSIX system
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise AsnGraphError(
                        f"{os.fspath(folder)}: another process has been working here for {seconds:g} s; try again later"
                    ) from None
                time.sleep(0.02)
            except OSError:  # this disk has no locks
                break
        yield
    finally:
        os.close(descriptor)


@contextmanager
def replacing(*paths: str | os.PathLike[str]) -> Iterator[list[BinaryIO]]:
    """Open files beside their places; once all are written, move them there.

    Parameters
    ----------
    *paths : path
        Where the files are to be; what is there is replaced.

    Yields
    ------
    list of open binary file
    """
    beside = [Path(f"{os.fspath(path)}.{os.getpid()}.part") for path in paths]
    try:
        with ExitStack() as opened:
            yield [opened.enter_context(path.open("wb")) for path in beside]
        for part, path in zip(beside, paths, strict=True):
            part.replace(path)
    except BaseException:
        for part in beside:
            part.unlink(missing_ok=True)
        raise


class Staging:
    """Files that are collected beside their places, however many they are, and moved there when all are known.

    Parameters
    ----------
    folder : path
        Where the files are to be. It is made when they are moved, if it is not there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as place, Staging(Path(place) / "out") as staging:
    ...     staging.add("a.txt", "text")
    ...     before = (Path(place) / "out").exists()
    ...     staging.publish(replace=True)
    ...     before, [path.name for path in (Path(place) / "out").iterdir()]
    (False, ['a.txt'])
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def __enter__(self) -> Staging:
        # Within the folder, or within the one in which it will be made: files can only be moved inside a file system.
        place = next(path for path in (self._folder, *self._folder.absolute().parents) if path.exists())
        self._beside = tempfile.mkdtemp(prefix=".asngraph-", suffix=".part", dir=place)
        self._names: dict[str, None] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._beside)

    def add(self, name: str, text: str) -> None:
        """Add a file; one of the same name takes the place of the first."""
        with open(f"{self._beside}/{name}", "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 (as above)
            file.write(text)
        self._names[name] = None

    def publish(self, *, replace: bool) -> None:
        """Move the files to their places.

        Parameters
        ----------
        replace : bool
            Whether files of the same names may be replaced; if not, and there are such, none is moved.

        Raises
        ------
        AsnGraphError
            When there are files that may not be replaced.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        there = self._names.keys() & set(os.listdir(self._folder))  # noqa: PTH208 (as above)
        if there and not replace:
            raise AsnGraphError(f"{self._folder / min(there)} is there already, and --no-clobber says to leave it")
        move = os.replace if replace else os.link
        for name in self._names:
            move(f"{self._beside}/{name}", f"{self._folder}/{name}")
