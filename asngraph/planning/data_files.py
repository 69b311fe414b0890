"""Files of a folder by name, in whatever subfolders they are."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from asngraph.util.walking import files_below


class DataFiles:
    """Index of the files of folders that are not empty.

    Parameters
    ----------
    *places : path
        The folders, or single files.
    subfolders : bool
        Whether to look into subfolders.

    Raises
    ------
    UsageError
        When the folder cannot be read.
    """

    def __init__(self, *places: str | os.PathLike[str], subfolders: bool = True) -> None:
        self.folder = Path(places[0])
        self._paths: dict[str, Path] = {}
        for place in map(Path, places):
            if place.is_file():
                self._add(place)
                continue
            for path in files_below(place, lambda name: True, subfolders=subfolders).files:
                self._add(path)

    def _add(self, path: Path) -> None:
        """Add a file; of several of one name, the one in the uppermost folder counts."""
        known = self._paths.get(path.name)
        if (known is None or len(path.parts) < len(known.parts)) and _has_content(path):
            self._paths[path.name] = path

    def path(self, name: str) -> Path | None:
        """Return the path of a file; None when it does not exist or is empty.

        Parameters
        ----------
        name : str
            Its name; with a folder, it is relative to the folder of the index.
        """
        plain = name.replace("\\", "/")
        if "/" not in plain:
            return self._paths.get(plain)
        with suppress(ValueError):  # a name that the system does not take
            path = self.folder / plain
            return path if _has_content(path) else None
        return None

    def has(self, name: str) -> bool:
        """Return whether a file exists and is not empty (`path`).

        Parameters
        ----------
        name : str
            Its name.
        """
        return self.path(name) is not None


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # it has just been removed
        return False
