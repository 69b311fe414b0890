"""Files that are written beside their places and moved there together: the one writer of files."""

from __future__ import annotations

import atexit
import errno
import hashlib
import os
import re
import secrets
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from asngraph.errors import FileError, OutputExistsError, UsageError
from asngraph.util.signals import CATCHABLE, deferred

try:
    import fcntl
except ImportError:  # no POSIX system
    fcntl = None  # type: ignore[assignment]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_LOCK = "lock"
_HOST = hashlib.sha256(os.uname().nodename.encode() if hasattr(os, "uname") else b"").hexdigest()[:8]
_OURS = re.compile(rf"\.asngraph-{_HOST}-[0-9a-f]{{16}}\.part")

_ADVICE = {
    errno.ENOSPC: "free some space, or name a place on another disk",
    errno.EDQUOT: "free some of your quota, or name a place on another disk",
    errno.EFBIG: "the limit for the size of files is too low (ulimit -f)",
    errno.EROFS: "name a place that is not read-only",
    errno.EACCES: "name a place where you may write",
    errno.EPERM: "name a place where you may write",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def naming(asked: str | os.PathLike[str]) -> Iterator[None]:
    """Have an error of the system name what was asked for, and say what to do.

    Parameters
    ----------
    asked : path
        The file or folder that was to be written.

    Raises
    ------
    FileError
        In place of any OSError but FileExistsError.
    """
    try:
        yield
    except (FileError, FileExistsError):
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "name another place")
        raised = FileError(f"{os.fspath(asked)}: cannot be written: {error.strerror or error}; {advice}")
        raised.errno = error.errno
        raise raised from error


def check_folder(folder: Path) -> None:
    """Refuse a folder that is a file or is below one.

    Parameters
    ----------
    folder : path
        The folder; it need not be there.

    Raises
    ------
    UsageError
        With the file.
    """
    with naming(folder):
        for place in (folder, *folder.parents):
            if place.is_dir():
                return
            if os.path.lexists(place):
                what = "a link that leads nowhere" if place.is_symlink() and not place.exists() else "a file"
                raise UsageError(f"{place} is {what}; name a folder")


def make_folder(folder: Path, made: list[Path] | None = None) -> None:
    """Make a folder and those that it is in, where they are not there.

    Parameters
    ----------
    folder : path
        The folder.
    made : list of path, optional
        To it are added the folders that are made, the outermost first.

    Raises
    ------
    UsageError
        When it is a file or below one.
    FileError
        When it cannot be made.
    """
    check_folder(folder)
    made = [] if made is None else made
    with naming(folder):
        for place in reversed([place for place in (folder, *folder.parents) if not place.is_dir()]):
            made.append(place)  # before it is there, so that no signal comes between
            try:
                place.mkdir()
            except FileExistsError:
                made.pop()
                check_folder(place)


def check_file(file: Path) -> None:
    """Refuse a file that cannot be replaced by a new one: it is a folder, a device or a pipe.

    Parameters
    ----------
    file : path
        The file; it need not be there.

    Raises
    ------
    UsageError
        With what to name instead.
    """
    with naming(file):
        if file.is_dir():
            raise UsageError(f"{file} is a folder; name the file to write")
        if file.exists() and (not file.is_file() or _is_stream(file)):
            raise UsageError(f"{file} is a device or a pipe; name a file to write")


def _is_stream(file: Path) -> bool:
    folder = str(file.parent.resolve())
    return folder == "/dev" or folder.startswith("/proc/")  # such as /dev/stdout, whatever it leads to


class _Staged(NamedTuple):
    """A file that waits for its place; `path` is where it waits."""

    path: str
    target: str


class Staging:
    """Files that are collected beside their places, however many they are, and moved there when all are known.

    They are in a folder of their own within the one where they are to be: its name cannot be foreseen, nobody else can
    write to it, and files in it are made anew, never opened through a link. It is removed whenever the process ends,
    unless it is killed. What a killed process left is removed by the next that writes to the same folder, if it can be
    proved that the process is dead: each such folder holds a file that its process keeps locked as long as it lives. A
    lock of another host may not be seen here, depending on how a shared disk is mounted, so only folders of this host,
    which have its mark in their names, are removed; those of others wait for them. Where the system or the disk has no
    locks, all stay.

    While files are moved, signals are held back; when one cannot be moved, those that were are put back. If the process
    is killed within these milliseconds, some files are new and some old; the same command once more writes all.

    Parameters
    ----------
    folder : path
        Where the files are to be. It is made if it is not there, and removed again if nothing is published.
    asked : path, optional
        What messages name; by default the folder.
    durable : bool
        Whether files are to outlast a loss of power.

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
        self, folder: str | os.PathLike[str], *, asked: str | os.PathLike[str] | None = None, durable: bool = False
    ) -> None:
        self._folder, self._durable = Path(folder), durable
        self._asked = Path(folder if asked is None else asked)
        self._files: dict[str, str] = {}
        self._opened: list[BinaryIO] = []
        self._made: list[Path] = []
        self._count = 0
        self._beside, self._lock = "", -1
        self._process = os.getpid()

    def __enter__(self) -> Staging:
        _unfinished.append(self)
        try:
            with naming(self._asked):
                make_folder(self._folder, self._made)
                _sweep(os.path.abspath(self._folder), self._process)  # noqa: PTH100 (links need not be resolved)
                while not self._claim():
                    pass
        except BaseException:
            self.discard()
            raise
        return self

    def _claim(self) -> bool:
        """Make the folder in which files wait, and lock it; return whether it is ours."""
        self._beside = f"{self._folder}/.asngraph-{_HOST}-{secrets.token_hex(8)}.part"
        try:
            os.mkdir(self._beside, 0o700)  # noqa: PTH102 (once for each file)
        except FileExistsError:
            self._beside = ""
            return False
        try:
            self._lock = os.open(f"{self._beside}/{_LOCK}", _NEW, 0o600)
        except FileNotFoundError:  # swept, before it was locked
            return False
        if _locked(self._lock) is False or not os.fstat(self._lock).st_nlink:
            os.close(self._lock)
            self._lock = -1
            return False
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()
        # Who writes to an open file on a full disk is told no name, or that of a file that nobody knows.
        if isinstance(error, OSError) and (error.filename is None or str(error.filename).startswith(self._beside)):
            with naming(self._asked):
                raise error

    def discard(self) -> None:
        """Remove what was not published."""
        with deferred():
            for file in self._opened:
                with suppress(OSError):
                    file.close()
            if self._beside:
                _remove(self._beside, self._lock)
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
        """Add a file; one of the same name takes the place of the first."""
        self.add_bytes(name, text.encode("utf-8"))

    def add_bytes(self, name: str, content: bytes, mode: int | None = None) -> None:
        """Add a file that is no text, with the mode of a new file or another."""
        with naming(self._asked):
            path = self._next(name)
            descriptor = os.open(path, _NEW, 0o666)
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
        """Add a symbolic link."""
        with naming(self._asked):
            Path(self._next(name)).symlink_to(target)

    def open(self, name: str) -> BinaryIO:
        """Open a new file, whose `name` says where it waits; it is closed when it is published."""
        with naming(self._asked):
            file = open(self._next(name), "xb")  # noqa: PTH123, SIM115 (closed in discard)
        self._opened.append(file)
        return file

    def publish(self, *, replace: bool) -> None:
        """Move the files to their places: all of them or, if that cannot be done, none.

        Parameters
        ----------
        replace : bool
            Whether files of the same names may be replaced.

        Raises
        ------
        OutputExistsError
            When there are files that may not be replaced; it names one.
        UsageError
            When there is a folder, a device or a pipe of such a name.
        FileError
            When a file cannot be moved.
        """
        with naming(self._asked):
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
    """Keep what a file is to replace; return where, nowhere where none is there and "" where it cannot be kept."""
    old = f"{path}.old"
    try:
        os.link(target, old, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except (OSError, NotImplementedError):  # this disk has no hard links
        return ""
    return old


def _place_new(path: str, target: str) -> None:
    """Move a file to where none is."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        raise OutputExistsError(Path(target)) from None
    except (OSError, NotImplementedError):  # this disk has no hard links
        os.close(os.open(target, _NEW, 0o600))
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
    """Have a folder's entries on the disk, where the system lets one."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool | None:
    """Lock an open file; return whether it is ours, and nothing where there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove(beside: str, lock: int = -1) -> None:
    """Remove a folder in which files waited, and its lock last: without it nobody could tell whose it is."""
    with suppress(OSError):
        for name in os.listdir(beside):  # noqa: PTH208 (as above)
            if name != _LOCK:
                os.unlink(f"{beside}/{name}")  # noqa: PTH108
    if lock >= 0:
        os.close(lock)
    with suppress(OSError):
        os.unlink(f"{beside}/{_LOCK}")  # noqa: PTH108
    with suppress(OSError):
        os.rmdir(beside)  # noqa: PTH106


@lru_cache(maxsize=1024)
def _sweep(folder: str, process: int) -> None:
    """Remove what dead processes left in a folder, once in each process."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(entry.path)


def _sweep_one(beside: str) -> None:
    if fcntl is None or os.lstat(beside).st_uid != os.geteuid():
        return
    try:
        lock = os.open(f"{beside}/{_LOCK}", os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        os.rmdir(beside)  # noqa: PTH106 (which it can only be if its process came no further)
        return
    if _locked(lock):
        _remove(beside, lock)
    else:
        os.close(lock)


def is_staging(name: str) -> bool:
    """Tell whether a folder's name is that of one in which a process of this host has files wait."""
    return _OURS.fullmatch(name) is not None


_unfinished: list[Staging] = []


@atexit.register
def _discard_all() -> None:
    """Remove what is left where a signal came between a folder and the one who was to remove it."""
    mine = [staging for staging in _unfinished if staging._process == os.getpid()]
    if mine:
        for number in CATCHABLE:
            signal.signal(number, signal.SIG_IGN)
    for staging in mine:
        staging.discard()
