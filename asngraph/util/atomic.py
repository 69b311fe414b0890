"""Writing files atomically: other processes see the old file or the new one, never a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from asngraph.errors import OutputExistsError, UsageError
from asngraph.util.output_errors import naming
from asngraph.util.staging import Staging, check_file


def check_place(*files: Path, replace: bool = True) -> None:
    """Check that files can be written: their folder exists, and they are not folders, devices or pipes.

    Parameters
    ----------
    *files : path
        The files, as the user named them.
    replace : bool
        Whether existing files may be replaced.

    Raises
    ------
    UsageError
        When a file cannot be written; the message says what to name instead.
    OutputExistsError
        When a file exists and may not be replaced.
    """
    for file in files:
        with naming(file):
            if file.parent.is_file():
                raise UsageError(f"{file.parent} is a file; name a folder")
            if not file.parent.is_dir():
                raise UsageError(f"{file.parent}: the folder does not exist; create it, or name another")
        check_file(file)
        if not replace and os.path.lexists(file):
            raise OutputExistsError(file)


def refuse_inputs(file: Path, *inputs: str | os.PathLike[str] | None) -> None:
    """Check that a file to write is not one that the same command reads.

    Parameters
    ----------
    file : path
        The file to write.
    *inputs : path, optional
        The files to read.

    Raises
    ------
    UsageError
        When the file is one of the inputs.
    """
    for path in inputs:
        if path is not None and file.exists() and Path(path).exists() and file.samefile(path):
            raise UsageError(f"{file} is an input of this command and would be lost; name another file to write")


def write_text(path: str | os.PathLike[str], text: str, *, replace: bool = True) -> None:
    """Write a text file atomically: it is written to a temporary file, which is then moved to its path.

    Parameters
    ----------
    path : path
        The file to write.
    text : str
        Its content; the encoding is UTF-8.
    replace : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputExistsError
        When the file exists and may not be replaced.
    UsageError
        When the folder does not exist, or the path is that of a folder, a device or a pipe.
    FileError
        When the file cannot be written.

    See Also
    --------
    write_bytes : the same for bytes.
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
    """Write a binary file atomically, as `write_text` does.

    Parameters
    ----------
    path : path
        The file to write.
    content : bytes
        Its content.
    replace : bool
        Whether an existing file may be replaced.
    durable : bool
        Whether the file must survive a loss of power: it is flushed to the disk (fsync).
    like : path, optional
        A file whose permissions are copied, if it exists; by default those of a new file.

    Raises
    ------
    OutputExistsError, UsageError, FileError
        As `write_text` does.
    """
    target = Path(path)
    check_place(target)
    mode = Path(like).stat().st_mode & 0o7777 if like is not None and Path(like).exists() else None
    with Staging(target.parent, output=target, durable=durable) as staging:
        staging.add_bytes(target.name, content, mode)
        staging.publish(replace=replace)


def write_durably(
    path: str | os.PathLike[str], content: bytes, *, replace: bool = True, like: str | os.PathLike[str] | None = None
) -> None:
    """Write a file as `write_bytes` does, and flush it to the disk, so that it survives a loss of power.

    Parameters
    ----------
    path : path
        The file to write.
    content : bytes
        Its content.
    replace : bool
        Whether an existing file may be replaced.
    like : path, optional
        A file whose permissions are copied; by default the file that is replaced.

    Raises
    ------
    OutputExistsError, UsageError, FileError
        As `write_text` does.
    """
    write_bytes(path, content, replace=replace, durable=True, like=path if like is None else like)


@contextmanager
def replacing(*paths: str | os.PathLike[str]) -> Iterator[list[BinaryIO]]:
    """Open temporary files to write; when the context ends without an error, move all of them to their paths.

    Parameters
    ----------
    *paths : path
        The files to write, all in one folder; existing files are replaced.

    Yields
    ------
    list of binary file
        Open temporary files, in the order of `paths`.

    Raises
    ------
    UsageError, FileError
        As `write_text` does.
    """
    targets = [Path(path) for path in paths]
    check_place(*targets)
    with Staging(targets[0].parent, output=targets[0]) as staging:
        yield [staging.open(target.name) for target in targets]
        staging.publish(replace=True)
