"""Writing files so that none is ever seen half written."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from asngraph.errors import AsnGraphError


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
