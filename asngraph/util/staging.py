"""Staging of files: they are written to a temporary folder and moved to their paths together."""

from __future__ import annotations

import atexit
import os
import signal
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from asngraph.errors import OutputExistsError, UsageError
from asngraph.util.output_errors import naming
from asngraph.util.signals import CATCHABLE, deferred
from asngraph.util.temporary_folders import LOCK, NEW, lock, remove, sweep, temporary_name


def check_folder(folder: Path) -> None:
    """Check that a path can be a folder: neither it nor a parent is a file.

    Parameters
    ----------
    folder : path
        The folder; it need not exist.

    Raises
    ------
    UsageError
        When there is a file; the message names it.
    """
    with naming(folder):
        for place in (folder, *folder.parents):
            if place.is_dir():
                return
            if os.path.lexists(place):
                what = "a link that leads nowhere" if place.is_symlink() and not place.exists() else "a file"
                raise UsageError(f"{place} is {what}; name a folder")


def make_folder(folder: Path, made: list[Path] | None = None) -> None:
    """Create a folder and its parents, where they do not exist.

    Parameters
    ----------
    folder : path
        The folder.
    made : list of path, optional
        The created folders are appended to it, the outermost first.

    Raises
    ------
    UsageError
        When the path or a parent is a file.
    FileError
        When the folder cannot be created.
    """
    check_folder(folder)
    made = [] if made is None else made
    with naming(folder):
        for place in reversed([place for place in (folder, *folder.parents) if not place.is_dir()]):
            made.append(place)  # before it exists, so that no signal can come in between
            try:
                place.mkdir()
            except FileExistsError:
                made.pop()
                check_folder(place)


def check_file(file: Path) -> None:
    """Check that a path can be written as a file: it is not a folder, a device or a pipe.

    Parameters
    ----------
    file : path
        The file; it need not exist.

    Raises
    ------
    UsageError
        When it cannot; the message says what to name instead.
    """
    with naming(file):
        if file.is_dir():
            raise UsageError(f"{file} is a folder; name the file to write")
        if file.exists() and (not file.is_file() or _is_stream(file)):
            raise UsageError(f"{file} is a device or a pipe; name a file to write")


def _is_stream(file: Path) -> bool:
    folder = str(file.parent.resolve())
    return folder == "/dev" or folder.startswith("/proc/")  # such as /dev/stdout, whatever it links to


class _Staged(NamedTuple):
    """A staged file: its temporary path, and the path to which it is moved."""

    path: str
    target: str


class Staging:
    """Files that are written to a temporary folder, and moved to their paths when all are complete.

    Parameters
    ----------
    folder : path
        The folder of the files. It is created if it does not exist, and removed again if nothing is published.
    output : path, optional
        The path that messages name; by default the folder.
    durable : bool
        Whether the files must survive a loss of power: they are flushed to the disk (fsync).

    Notes
    -----
    The temporary folder is in the target folder. Its name cannot be predicted, other users cannot write to it, and its
    files are always created, never opened through a link. It is removed when the process ends, unless the process is
    killed. The folder of a killed process is removed by the next process that writes to the same target, if the first
    is provably dead: a live process holds a lock on a file in its temporary folder. Depending on how a shared disk is
    mounted, locks of other hosts may be invisible, so only folders of this host, whose names contain a hash of its
    name, are removed. Where the system or the disk has no locks, all of them remain.

    Signals are deferred while files are moved; if one cannot be moved, those moved before are restored. If the process
    is killed within these milliseconds, some files are new and some old; running the command again writes all.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place, Staging(Path(place) / "out") as staging:
    ...     staging.add("a.txt", "text")
    ...     before = (Path(place) / "out" / "a.txt").exists()
    ...     staging.publish(replace=True)
    ...     before, (Path(place) / "out" / "a.txt").read_text()
    (False, 'text')
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, output: str | os.PathLike[str] | None = None, durable: bool = False
    ) -> None:
        self._folder, self._durable = Path(folder), durable
        self._output = Path(folder if output is None else output)
        self._files: dict[str, str] = {}
        self._opened: list[BinaryIO] = []
        self._made: list[Path] = []
        self._count = 0
        self._beside, self._lock = "", -1
        self._process = os.getpid()

    def __enter__(self) -> Staging:
        _unfinished.append(self)
        try:
            with naming(self._output):
                make_folder(self._folder, self._made)
                sweep(os.path.abspath(self._folder), self._process)  # noqa: PTH100 (links need not be resolved)
                while not self._claim():
                    pass
        except BaseException:
            self.discard()
            raise
        return self

    def _claim(self) -> bool:
        """Create and lock the temporary folder; return whether that succeeded."""
        self._beside = f"{self._folder}/{temporary_name()}"
        try:
            os.mkdir(self._beside, 0o700)  # noqa: PTH102 (once for each file)
        except FileExistsError:
            self._beside = ""
            return False
        try:
            self._lock = os.open(f"{self._beside}/{LOCK}", NEW, 0o600)
        except FileNotFoundError:  # another process removed the folder before it was locked
            return False
        if lock(self._lock) is False or not os.fstat(self._lock).st_nlink:
            os.close(self._lock)
            self._lock = -1
            return False
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()
        # An error from a full disk names no file, or a temporary file that the user does not know.
        if isinstance(error, OSError) and (error.filename is None or str(error.filename).startswith(self._beside)):
            with naming(self._output):
                raise error

    def discard(self) -> None:
        """Remove the files that were not published."""
        with deferred():
            for file in self._opened:
                with suppress(OSError):
                    file.close()
            if self._beside:
                remove(self._beside, self._lock)
                self._lock = -1
            for folder in reversed(self._made):
                with suppress(OSError):
                    folder.rmdir()
            with suppress(ValueError):
                _unfinished.remove(self)

    def _next(self, name: str) -> str:
        path = f"{self._beside}/{self._count}"
        self._count += 1
        self._files[name] = path
        return path

    def add(self, name: str, text: str) -> None:
        """Add a text file, which replaces an earlier one of the same name.

        Parameters
        ----------
        name : str
            The path of the file within the folder.
        text : str
            Its content; the encoding is UTF-8.
        """
        self.add_bytes(name, text.encode("utf-8"))

    def add_bytes(self, name: str, content: bytes, mode: int | None = None) -> None:
        """Add a binary file, which replaces an earlier one of the same name.

        Parameters
        ----------
        name : str
            The path of the file within the folder.
        content : bytes
            Its content.
        mode : int, optional
            Its permissions; by default those of a new file.
        """
        with naming(self._output):
            path = self._next(name)
            descriptor = os.open(path, NEW, 0o666)
            try:
                if mode is not None:
                    os.chmod(path, mode)  # noqa: PTH101 (as above)
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if self._durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def add_link(self, name: str, target: Path) -> None:
        """Add a symbolic link.

        Parameters
        ----------
        name : str
            The path of the link within the folder.
        target : path
            The file to which it points.
        """
        with naming(self._output):
            Path(self._next(name)).symlink_to(target)

    def open(self, name: str) -> BinaryIO:
        """Open a new file for writing; it is closed when it is published.

        Parameters
        ----------
        name : str
            The path of the file within the folder.

        Returns
        -------
        binary file
            Its attribute `name` is the temporary path.
        """
        with naming(self._output):
            file = open(self._next(name), "xb")  # noqa: PTH123, SIM115 (closed in discard)
        self._opened.append(file)
        return file

    def publish(self, *, replace: bool) -> None:
        """Move the files to their paths: all of them or, if one cannot be moved, none.

        Parameters
        ----------
        replace : bool
            Whether existing files may be replaced.

        Raises
        ------
        OutputExistsError
            When a file exists and may not be replaced.
        UsageError
            When a path is that of a folder, a device or a pipe.
        FileError
            When a file cannot be moved.
        """
        with naming(self._output):
            for file in self._opened:
                if not file.closed:
                    file.flush()
                    if self._durable:
                        os.fsync(file.fileno())
                    file.close()
            files = [_Staged(path, f"{self._folder}/{name}") for name, path in self._files.items()]
            with deferred():
                self._check(files, replace=replace)
                self._move(files, replace=replace)
                self._made.clear()
            if self._durable:
                _sync_folder(self._folder)

    @staticmethod
    def _check(files: list[_Staged], *, replace: bool) -> None:
        for _, target in sorted(files, key=lambda staged: staged.target):
            try:
                mode = os.lstat(target).st_mode
            except (FileNotFoundError, NotADirectoryError):
                continue
            if not replace:
                raise OutputExistsError(Path(target))
            if not stat.S_ISREG(mode):
                check_file(Path(target))

    def _move(self, files: list[_Staged], *, replace: bool) -> None:
        done: list[tuple[str, str | None]] = []
        try:
            for path, target in files:
                if "/" in target[len(str(self._folder)) + 1 :]:
                    make_folder(Path(target).parent, self._made)
                old = _kept(path, target) if replace and len(files) > 1 else None
                if replace:
                    os.replace(path, target)  # noqa: PTH105 (half the time of Path.replace, once for each association)
                else:
                    _place_new(path, target)
                done.append((target, old))
        except BaseException:
            _undo(done)
            raise


def _kept(path: str, target: str) -> str | None:
    """Back up the file that is to be replaced; return the backup, None without such a file, "" if it is impossible."""
    old = f"{path}.old"
    try:
        os.link(target, old, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except (OSError, NotImplementedError):  # this disk has no hard links
        return ""
    return old


def _place_new(path: str, target: str) -> None:
    """Move a file to a path that must not exist."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        raise OutputExistsError(Path(target)) from None
    except (OSError, NotImplementedError):  # this disk has no hard links
        os.close(os.open(target, NEW, 0o600))
        os.replace(path, target)  # noqa: PTH105
        return
    os.unlink(path)  # noqa: PTH108 (as above)


def _undo(done: list[tuple[str, str | None]]) -> None:
    for target, old in reversed(done):
        with suppress(OSError):
            if old:
                os.replace(old, target)  # noqa: PTH105
            elif old is None:
                os.unlink(target)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to the disk, where the system supports that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_unfinished: list[Staging] = []


@atexit.register
def _discard_all() -> None:
    """Remove the temporary folders that remain when a signal came before their removal."""
    mine = [staging for staging in _unfinished if staging._process == os.getpid()]
    if mine:
        for number in CATCHABLE:
            signal.signal(number, signal.SIG_IGN)
    for staging in mine:
        staging.discard()
