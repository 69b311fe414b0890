"""Standard streams that are closed, full or abandoned by their reader; and text that is safe to print on a terminal."""

from __future__ import annotations

import io
import os
import re
import select
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, TextIO

# The maximum length of a word and of a line of a message; longer ones are shortened in the middle.
_LONGEST_WORD, _LONGEST_LINE = 300, 3_000
# Characters around a quoted name that are not part of it.
_AROUND = "'\"`,;:.()[]{}<>"
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_BLOCK = 1 << 16
_STANDARD_DESCRIPTORS = (0, 1, 2)


class OutputError(Exception):
    """Exception raised when standard output cannot be written.

    Parameters
    ----------
    error : OSError
        The error of the system.

    Attributes
    ----------
    reader_left : bool
        Whether it was a pipe or a connection whose other end is closed, as in ``asngraph ... | head -1``.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {error.strerror or error}")
        self.reader_left = isinstance(error, ConnectionError)


def visible(text: str) -> str:
    r"""Return a text with escapes for the characters that a terminal would act on, such as direction marks.

    Examples
    --------
    >>> visible("jw1" + chr(0x202E) + "x")
    'jw1\\u202ex'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def legible(text: str) -> str:
    r"""Return a message as one line of bounded length that is safe to print on a terminal.

    Examples
    --------
    >>> legible("unknown\n  file '" + chr(27) + "[2J'")
    "unknown file '\\x1b[2J'"
    >>> shown = legible("no exposure '" + 5_000 * "x" + "'")
    >>> len(shown), "x...[5,000 characters]...x" in shown
    (314, True)
    """
    line = re.sub(r"\S+", lambda word: _short_word(word[0]), _LINE_BREAKS.sub(" ", text.strip("\r\n")))
    return quoted(line, _LONGEST_LINE)


def _short_word(word: str) -> str:
    if len(word) <= _LONGEST_WORD and word.isprintable():
        return word
    name = word.strip(_AROUND)
    before, _, after = word.partition(name) if name else (word, "", "")
    return visible(before[-_LONGEST_WORD:]) + quoted(name, _LONGEST_WORD) + visible(after[:_LONGEST_WORD])


def quoted(text: str, most: int = _LONGEST_WORD) -> str:
    """Return a name as messages show it; one that is too long has its length in place of its middle."""
    shown = visible(text)
    if len(shown) <= most:
        return shown
    note = f"...[{len(text):,} characters]..."
    room = (most - len(note)) // 2
    return "".join(_fitting(text, room)) + note + "".join([*_fitting(reversed(text), room)][::-1])


def _fitting(characters: Iterable[str], room: int) -> Iterator[str]:
    for each in map(visible, characters):
        room -= len(each)
        if room < 0:
            return
        yield each


@contextmanager
def guarded() -> Iterator[None]:
    """Keep problems of the standard streams from ending a command.

    Closed descriptors are opened on the null device first: otherwise the next file that is opened would get the
    descriptor of standard output or standard error, and messages would be written into it.

    In the main thread, writing to standard output then raises `OutputError` at once and leaves nothing behind in a
    buffer, and what cannot be written to standard error is dropped; text for standard error is made safe to show,
    whoever writes it. Afterwards the streams are restored. In other threads the streams of the process are not
    replaced, but the messages of the command itself are safe there too.
    """
    _open_closed_descriptors()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _direct(before[0]), _messages(before[1])
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _open_closed_descriptors() -> None:
    for descriptor in _STANDARD_DESCRIPTORS:
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor
            if opened == descriptor:
                os.set_inheritable(opened, True)  # by the processes that are started
            else:  # another thread opened it first
                os.close(opened)


def output() -> TextIO:
    """Return standard output, or the null device where the process has none."""
    return _discarding() if _is_closed(sys.stdout) else sys.stdout


@contextmanager
def binary_output() -> Iterator[IO[bytes]]:
    """Yield standard output as a binary file that writes in blocks."""
    file = _Blocks(output().buffer)
    yield file  # type: ignore[misc]
    file.flush()


def message(line: str) -> None:
    """Write a line to standard error, if possible; a lost message does not stop the work."""
    _messages(sys.stderr).write(legible(line) + "\n")


def text_message(text: str) -> None:
    """Write a text of several lines to standard error, as `message` does."""
    _messages(sys.stderr).write(text.rstrip("\n") + "\n")


def on_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return _messages(sys.stderr).isatty()


def terminal() -> TextIO:
    """Return standard error for animated output, such as a progress bar."""
    return _Messages(_messages(sys.stderr).stream, as_is=True)  # type: ignore[return-value]


def keep_safe() -> None:
    """Make text for standard error safe to print while rich replaces the stream by its own."""
    from rich.file_proxy import FileProxy

    stream: Any = sys.stderr
    if isinstance(stream, FileProxy):
        sys.stderr = _messages(stream)


class _Messages:
    """A text stream that makes text safe to print, and drops what cannot be written."""

    def __init__(self, stream: TextIO | None, *, as_is: bool = False) -> None:
        self.stream, self._as_is = stream, as_is

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):  # a closed stream raises ValueError
            _put(self.stream, text if self._as_is else _legible_lines(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self.stream is not None:
            with suppress(OSError, ValueError):
                self.stream.flush()

    def isatty(self) -> bool:
        return not _is_closed(self.stream) and self.stream.isatty()  # type: ignore[union-attr]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _messages(stream: Any) -> _Messages:
    return stream if isinstance(stream, _Messages) else _Messages(stream)


def _legible_lines(text: str) -> str:
    """Return a text whose lines are safe to print, with their indentation."""
    parts = re.split("(\r?\n)", text)
    return "".join(part if part.endswith("\n") else legible(part.expandtabs()) for part in parts)


def _put(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    raw = _unbuffered(stream)
    if raw is None:
        stream.write(text)
        if text.endswith("\n"):
            stream.flush()
    else:  # text in a buffer would fail again when Python exits
        stream.flush()
        _write_all(raw, text.encode(stream.encoding, _errors_of(stream)))


class _Direct(io.RawIOBase):
    """Standard output without a buffer: what cannot be written raises `OutputError`."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any) -> int:
        try:
            return _write_all(self._raw, data)
        except OSError as error:
            raise OutputError(error) from None


class _Blocks:
    """A file that writes in blocks; when writing fails its content is dropped, not written again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._pieces, self._size = file, list[bytes](), 0

    def write(self, data: bytes) -> int:
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _BLOCK:
            self.flush()
        return len(data)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.write(piece)

    def flush(self) -> None:
        block, self._pieces, self._size = b"".join(self._pieces), [], 0
        self._file.write(block)
        self._file.flush()


class _Discarding(io.RawIOBase):
    """The null device."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(memoryview(data).cast("B"))


def _direct(stream: TextIO | None) -> TextIO:
    if stream is None or _is_closed(stream):
        return _discarding()
    raw = _unbuffered(stream)
    if raw is None:
        return stream
    with suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(_Direct(raw), stream.encoding, _errors_of(stream), write_through=True)  # type: ignore[type-var]


def _discarding() -> TextIO:
    return io.TextIOWrapper(_Discarding(), "utf-8", "backslashreplace", write_through=True)  # type: ignore[type-var]


def _is_closed(stream: Any) -> bool:
    return stream is None or bool(getattr(stream, "closed", False))


def _unbuffered(stream: TextIO) -> io.FileIO | None:
    """Return the file under a text stream; others, such as those of notebooks, have none."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return raw if isinstance(stream, io.TextIOWrapper) and isinstance(raw, io.FileIO) else None


def _errors_of(stream: TextIO) -> str:
    errors = getattr(stream, "errors", None) or "strict"
    return "backslashreplace" if errors == "strict" else errors  # characters outside the encoding raise no error


def _write_all(raw: io.FileIO, data: Any) -> int:
    rest = memoryview(data).cast("B")
    size = len(rest)
    while rest:
        written = raw.write(rest)
        if written is None:  # a full non-blocking pipe
            select.select([], [raw], [])
        else:
            rest = rest[written:]
    return size
