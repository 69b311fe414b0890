"""Many text files written as one stream: JSON lines, tar and zip."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import BinaryIO, Protocol

_MODE = 0o644
# The earliest time that a zip file can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


class Bundle(Protocol):
    """A stream of files. The same files in the same order make the same bytes.

    Members have no times, owners or permissions of their own. A bundle is written from the beginning to the end, and
    keeps no content; a zip file keeps the name of each member, for its directory.
    """

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a file.

        Parameters
        ----------
        name : str
            Its name.
        content : bytes
            Its content.
        """

    def close(self) -> None:
        """Write what ends the stream; the file remains open."""


class _Lines:
    """JSON lines: ``{"file": NAME, "association": CONTENT}``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add_bytes(self, name: str, content: bytes) -> None:
        # Within the strings of a JSON text there are no line breaks.
        line = b"".join(map(bytes.lstrip, content.split(b"\n")))
        self._file.write(b'{"file": %s, "association": %s}\n' % (json.dumps(name).encode(), line))

    def close(self) -> None:
        pass


class _Tar:
    def __init__(self, file: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 (closed in close)

    def add_bytes(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), _MODE
        self._tar.addfile(member, io.BytesIO(content))
        self._tar.getmembers().clear()  # tarfile keeps them for readers

    def close(self) -> None:
        self._tar.close()


class _Zip:
    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)

    def add_bytes(self, name: str, content: bytes) -> None:
        member = zipfile.ZipInfo(name, _TIME)
        member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, _MODE << 16
        self._zip.writestr(member, content)
        self._zip.NameToInfo.clear()  # zipfile keeps them for readers, and warns of repeated names

    def close(self) -> None:
        self._zip.close()


# The formats by the ending of a file's name.
BUNDLES: dict[str, Callable[[BinaryIO], Bundle]] = {".jsonl": _Lines, ".tar": _Tar, ".zip": _Zip}
