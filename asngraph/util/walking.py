"""Files below a folder, found within limits: each folder is read once, and loops of links end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from asngraph.errors import UsageError

MOST_ENTRIES = 1_000_000
_MOST_DEPTH = 64


class Found(NamedTuple):
    """Files below a folder.

    Parameters
    ----------
    files : list of path
        The files, sorted by name and then by folder.
    unreadable : list of (path, str)
        Subfolders that cannot be read, with the reasons.
    """

    files: list[Path]
    unreadable: list[tuple[Path, str]]


def files_below(folder: str | os.PathLike[str], wanted: Callable[[str], bool], *, subfolders: bool = True) -> Found:
    """Return the files in a folder and its subfolders whose names are wanted.

    Hidden folders are skipped. Links to folders are followed, and each folder is read once. What is neither a file nor
    a folder, such as a pipe or a dead link, is returned like a file; its reader reports it.

    Parameters
    ----------
    folder : path
        The folder.
    wanted : callable
        Returns whether the name of a file is wanted.
    subfolders : bool
        Whether to look into subfolders.

    Returns
    -------
    Found

    Raises
    ------
    UsageError
        When the folder cannot be read, or has more than `MOST_ENTRIES` files and folders.

    Notes
    -----
    The cost is linear in the number of entries.
    """
    found = Found([], [])
    waiting = [(os.fspath(folder), 0)]
    seen: set[tuple[int, int]] = set()
    entries = 0
    while waiting:
        here, depth = waiting.pop()
        try:
            own = os.stat(here)  # noqa: PTH116 (many of them)
            if (own.st_dev, own.st_ino) in seen:
                continue
            seen.add((own.st_dev, own.st_ino))
            for entry in _entries(here):
                entries += 1
                if entries > MOST_ENTRIES:
                    raise UsageError(f"{os.fspath(folder)}: more than {MOST_ENTRIES:,} files; name a smaller folder")
                if not _is_folder(entry):
                    if wanted(entry.name):
                        found.files.append(Path(entry.path))
                elif subfolders and depth < _MOST_DEPTH and not entry.name.startswith("."):
                    waiting.append((entry.path, depth + 1))
        except OSError as error:
            if depth == 0:
                raise UsageError(f"{os.fspath(folder)}: cannot be looked into: {error.strerror}") from None
            found.unreadable.append((Path(here), f"cannot be looked into: {error.strerror}"))
    found.files.sort(key=lambda file: (file.name, str(file)))
    return found


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False
