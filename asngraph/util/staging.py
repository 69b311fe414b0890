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

from asngraph.errors import FileError, OutputExistsError, UsageError
from asngraph.util.output_errors import naming
from asngraph.util.signals import CATCHABLE, deferred
from asngraph.util.temporary_folders import LOCK, NEW, lock, remove, sweep, temporary_name
from asngraph.util.unchanged import Signature, signature, with_content, with_content_of, with_target


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


class Published(NamedTuple):
    """The files of a folder that were published, by name.

    Parameters
    ----------
    new, changed : list of str
        The files that did not exist, and those that had another content.
    unchanged : list of str
        The files that had the same content, and were not touched.
    removed : list of str
        The files that were removed.
    """

    new: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]


class Staging:
    """Files that are written to a temporary folder, and moved to their paths when all are complete.

    A file whose content would not change is not touched: it keeps its time and its permissions.

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
    ...     published = staging.publish(replace=True)
    ...     before, published.new, (Path(place) / "out" / "a.txt").read_text()
    (False, ['a.txt'], 'text')
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, output: str | os.PathLike[str] | None = None, durable: bool = False
    ) -> None:
        self._folder, self._durable = Path(folder), durable
        self._output = Path(folder if output is None else output)
        self._files: dict[str, str] = {}
        self._unchanged: dict[str, Signature] = {}
        self._always: set[str] = set()
        self._to_remove: list[str] = []
        self._removed: list[str] = []
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
                sweep(self._folder)
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
        self._unchanged.pop(name, None)
        return path

    def _keep(self, name: str, found: Signature | None) -> bool:
        """Remember a file that has its content already; return whether it has."""
        if found is None:
            return False
        self._files.pop(name, None)
        self._unchanged[name] = found
        return True

    def add(self, name: str, text: str, *, always: bool = False) -> None:
        """Add a text file, which replaces an earlier one of the same name.

        Parameters
        ----------
        name : str
            The path of the file within the folder.
        text : str
            Its content; the encoding is UTF-8.
        always : bool
            Whether it may replace a file where others may not.
        """
        self.add_bytes(name, text.encode("utf-8"))
        if always:
            self._always.add(name)

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
            # A folder that was made for these files has none to compare with.
            if not self._made and self._keep(name, with_content(f"{self._folder}/{name}", content)):
                return
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

    def keep(self, name: str) -> None:
        """Add a file that is in the folder already, and known to have its content; it counts as unchanged.

        Parameters
        ----------
        name : str
            The path of the file within the folder.

        Raises
        ------
        FileError
            When it does not exist.
        """
        if not self._keep(name, signature(f"{self._folder}/{name}")):
            raise FileError(f"{self._folder}/{name}: was changed by another process meanwhile; run the command again")

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
            if not self._keep(name, with_target(f"{self._folder}/{name}", os.fspath(target))):
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

    def remove(self, name: str) -> None:
        """Remove a file of the folder when the others are published; it may be missing.

        Parameters
        ----------
        name : str
            The path of the file within the folder.
        """
        if name not in self._to_remove:
            self._to_remove.append(name)

    def publish(self, *, replace: bool) -> Published:
        """Move the files to their paths: all of them or, if one cannot be moved, none.

        Parameters
        ----------
        replace : bool
            Whether existing files may be replaced.

        Returns
        -------
        Published

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
                self._finish(file)
            with deferred():
                there = self._check(replace=replace)
                self._move(there, replace=replace)
                self._made.clear()
            if self._durable:
                _sync_folder(self._folder)
        changed = [name for name in self._files if name in there]
        new = [name for name in self._files if name not in there]
        return Published(new, changed, list(self._unchanged), self._removed)

    def _finish(self, file: BinaryIO) -> None:
        """Close an open file, and drop it if its path has the same content."""
        if not file.closed:
            file.flush()
            if self._durable:
                os.fsync(file.fileno())
            file.close()
        for name in [name for name, path in self._files.items() if path == file.name]:
            self._keep(name, with_content_of(f"{self._folder}/{name}", file.name))

    def _check(self, *, replace: bool) -> set[str]:
        """Check that files can be moved to their paths; return those that replace others."""
        there = set()
        for name in sorted({*self._files, *self._unchanged}):
            target = f"{self._folder}/{name}"
            try:
                mode = os.lstat(target).st_mode
            except (FileNotFoundError, NotADirectoryError):
                mode = None
            if name in self._unchanged and self._unchanged[name] != signature(target):
                raise FileError(f"{target}: was changed by another process meanwhile; run the command again")
            if mode is None:
                continue
            if not replace and name not in self._always:
                raise OutputExistsError(Path(target))
            if name in self._files and not stat.S_ISREG(mode):
                check_file(Path(target))
            there.add(name)
        return there

    def _move(self, there: set[str], *, replace: bool) -> None:
        done: list[tuple[str, str | None]] = []
        several = len(self._files) + len(self._to_remove) > 1
        try:
            for name, path in self._files.items():
                target = f"{self._folder}/{name}"
                if "/" in name:
                    make_folder(Path(target).parent, self._made)
                may_replace = replace or name in self._always
                old = _kept(path, target) if may_replace and several and name in there else None
                if may_replace:
                    os.replace(path, target)  # noqa: PTH105 (half the time of Path.replace, once for each association)
                else:
                    _place_new(path, target)
                done.append((target, old))
            for number, name in enumerate(self._to_remove):
                target, old = f"{self._folder}/{name}", f"{self._beside}/{number}.gone"
                with suppress(FileNotFoundError):
                    os.replace(target, old)  # noqa: PTH105
                    done.append((target, old))
                    self._removed.append(name)
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
