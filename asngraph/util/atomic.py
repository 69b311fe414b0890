"""Writing files so that none is ever seen half written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from asngraph.errors import OutputExistsError, UsageError
from asngraph.util.staging import Staging, check_file, naming


def check_place(*files: Path, replace: bool = True) -> None:
    """Refuse files that cannot be written: their folder is not there, or they are folders, devices or pipes.

    Parameters
    ----------
    *files : path
        The files, as they were asked for.
    replace : bool
        Whether files that are there may be replaced.

    Raises
    ------
    UsageError
        With what to name instead.
    OutputExistsError
        When a file is there that may not be replaced.
    """
    for file in files:
        with naming(file):
            if file.parent.is_file():
                raise UsageError(f"{file.parent} is a file; name a folder")
            if not file.parent.is_dir():
                raise UsageError(f"{file.parent}: there is no such folder; make it, or name another")
        check_file(file)
        if not replace and os.path.lexists(file):
            raise OutputExistsError(file)


def refuse_inputs(file: Path, *inputs: str | os.PathLike[str] | None) -> None:
    """Refuse to write over a file that the same command reads.

    Parameters
    ----------
    file : path
        The file to write.
    *inputs : path, optional
        The files to read.

    Raises
    ------
    UsageError
        When it is one of them.
    """
    for path in inputs:
        if path is not None and file.exists() and Path(path).exists() and file.samefile(path):
            raise UsageError(f"{file} is read by this command, and would be lost; name another file to write")


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
    OutputExistsError
        When there is such a file and it may not be replaced.
    UsageError
        When there is no such folder, or the name is that of a folder, a device or a pipe.
    FileError
        When it cannot be written.
    """
    write_bytes(path, text.encode("utf-8"), replace=replace)


def write_bytes(
    path: str | os.PathLike[str],
    content: bytes,
    *,
    replace: bool = True,
    durable: bool = False,
    like: str | os.PathLike[str] | None = None,
) -> None:
    """Write a file that is no text, as `write_text` does.

    Parameters
    ----------
    path : path
        Where the file is to be.
    content : bytes
        What it is to hold.
    replace : bool
        Whether a file of that name may be replaced.
    durable : bool
        Whether the file is to outlast a loss of power.
    like : path, optional
        The file whose mode it gets, if it is there; by default that of a new file.
    """
    target = Path(path)
    check_place(target)
    mode = Path(like).stat().st_mode & 0o7777 if like is not None and Path(like).exists() else None
    with Staging(target.parent, asked=target, durable=durable) as staging:
        staging.add_bytes(target.name, content, mode)
        staging.publish(replace=replace)


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
    """
    write_bytes(path, content, replace=replace, durable=True, like=path if like is None else like)


@contextmanager
def replacing(*paths: str | os.PathLike[str]) -> Iterator[list[BinaryIO]]:
    """Open files beside their places; once all are written, move them there.

    Parameters
    ----------
    *paths : path
        Where the files are to be, all in one folder; what is there is replaced.

    Yields
    ------
    list of open binary file
    """
    targets = [Path(path) for path in paths]
    check_place(*targets)
    with Staging(targets[0].parent, asked=targets[0]) as staging:
        yield [staging.open(target.name) for target in targets]
        staging.publish(replace=True)
