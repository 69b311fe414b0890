"""Writing files so that none is ever seen half written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO


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
