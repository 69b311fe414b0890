"""Checksums of a store's files: written when it is published or closed, and compared later."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from asngraph.util.atomic import write_text
from asngraph.util.limits import RECORD, open_input, read_bounded

RECORD_NAME = "checksums.json"

# Files that Oxigraph rewrites when a store is opened, and never reads.
_REBUILT = ("LOG", "LOCK", "IDENTITY")
# Only the sizes of tables (.sst) are compared when a store is opened: Oxigraph verifies each block that it reads.
_TABLE = ".sst"


class FileSum(NamedTuple):
    """The size of a file in bytes, and its SHA-256."""

    size: int
    sha256: str


class Record(NamedTuple):
    """The checksums of a store.

    Parameters
    ----------
    revision : int
        The number of changes of the store.
    files : dict of str to FileSum
        The sizes and checksums of its files, by name.
    pools : dict of str to str
        The file that each of its pools was read from, by the pool's name.
    """

    revision: int
    files: dict[str, FileSum]
    pools: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write the record into a folder."""
        body = {"revision": self.revision, "files": self.files, "pools": self.pools}
        write_text(folder / RECORD_NAME, sealed(body))

    @classmethod
    def read(cls, folder: Path) -> Record:
        """Return the record of a folder.

        Raises
        ------
        OSError
            When the record cannot be read.
        ValueError
            When the record was changed.
        """
        body = unsealed(read_bounded(folder / RECORD_NAME, RECORD))
        try:
            files = {str(name): FileSum(*found) for name, found in body["files"].items()}
            return cls(body["revision"], files, body["pools"])
        except (KeyError, TypeError, AttributeError):
            raise ValueError("it is changed") from None


def sealed(body: Mapping[str, Any]) -> str:
    """Return a line of JSON with its own checksum.

    Examples
    --------
    >>> unsealed(sealed({"layout": 2}).encode())
    {'layout': 2}
    """
    return json.dumps({**body, "sha256": _seal(body)}) + "\n"


def unsealed(content: bytes) -> dict[str, Any]:
    """Return the content of a line of `sealed`.

    Raises
    ------
    ValueError
        When the line was changed.
    """
    try:
        body = json.loads(content)
        seal = body.pop("sha256")
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError):
        raise ValueError("it is changed or truncated") from None
    if seal != _seal(body) or content != sealed(body).encode():
        raise ValueError("it is changed")
    return dict(body)


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def sums_of(folder: Path, known: Mapping[str, FileSum]) -> dict[str, FileSum]:
    """Return the checksums of the files of a store.

    Parameters
    ----------
    folder : path
        The store.
    known : mapping of str to FileSum
        Checksums of tables that are already known; Oxigraph writes a table once and never reuses its name.
    """
    found: dict[str, FileSum] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(_REBUILT) or path.name == RECORD_NAME:
            continue
        size, old = path.stat().st_size, known.get(path.name)
        same = path.name.endswith(_TABLE) and old is not None and old.size == size
        found[path.name] = old if same and old is not None else FileSum(size, _digest(path))
    return found


def differences(
    folder: Path, files: Mapping[str, FileSum], *, thorough: bool, seen: dict[tuple[int, int], str] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the files that have changed.

    Parameters
    ----------
    folder : path
        The folder of the files.
    files : mapping of str to FileSum
        Their recorded sizes and checksums.
    thorough : bool
        Whether to compare the checksums of tables too, not only their sizes.
    seen : dict, optional
        Checksums of files that were already read, by device and inode; updated in place.

    Yields
    ------
    (str, str)
        The name of a file, and the problem.
    """
    seen = {} if seen is None else seen
    for name, was in files.items():
        try:
            found = (folder / name).stat()
            if stat.S_ISDIR(found.st_mode):
                yield name, "it is a folder"
            elif found.st_size != was.size:
                yield name, f"it has {found.st_size:,} bytes instead of {was.size:,}"
            elif thorough or not name.endswith(_TABLE):
                inode = (found.st_dev, found.st_ino)
                seen[inode] = seen.get(inode) or _digest(folder / name)
                if seen[inode] != was.sha256:
                    yield name, "its content is changed"
        except FileNotFoundError:
            yield name, "it is missing"
        except OSError as error:
            yield name, f"it cannot be read: {error.strerror or error}"


def _digest(path: Path) -> str:
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
