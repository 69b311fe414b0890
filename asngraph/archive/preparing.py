"""What is done before a pool is loaded: its associations are made, and its quads written, maybe by another process."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

from asngraph._version import __version__
from asngraph.errors import AsnGraphError, UsageError
from asngraph.limits import POOL, is_stream, read_bounded


@dataclass(frozen=True)
class Source:
    """A pool that is to be added.

    Parameters
    ----------
    file : str
        Its file.
    delimiter : str
        The character between its cells.
    support : str, optional
        A table of files that serve its exposures.
    """

    file: str
    delimiter: str = "|"
    support: str | None = None

    @property
    def pool(self) -> str:
        """The pool's name."""
        return Path(self.file).name


@dataclass(frozen=True)
class Prepared:
    """A pool that is ready to be loaded, or cannot be.

    Parameters
    ----------
    source : Source
        What it was made of.
    fingerprint, checksum : str
        What tells this version from others, and the SHA-256 of the pool's file.
    exposures, associations, quads : int
        How many there are.
    file : str
        The file of N-Quads.
    notes : tuple of str
        What is odd about the pool.
    error : str
        Why it cannot be loaded; empty otherwise.
    """

    source: Source
    fingerprint: str = ""
    checksum: str = ""
    exposures: int = 0
    associations: int = 0
    quads: int = 0
    file: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""


def fingerprint(source: Source) -> str:
    """Return what tells one version of a pool from another.

    It is made of the contents of its files, the delimiter, and the version of asngraph.

    Parameters
    ----------
    source : Source
        The pool.

    Raises
    ------
    UsageError
        When a file cannot be read.
    """
    return _fingerprint(source, _content(source.file), _support(source))


def _fingerprint(source: Source, pool: bytes, support: bytes | None) -> str:
    told = [__version__, source.delimiter, _sha256(pool), _sha256(support) if support else ""]
    return _sha256(json.dumps(told).encode("ascii"))[:32]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(file: str) -> bytes:
    if is_stream(file):  # its name is that under which the archive knows the pool, and it is read more than once
        raise UsageError(f"{file}: an archive takes pools from files, not from pipes; write it to a file")
    try:
        return read_bounded(file, POOL)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None


def _support(source: Source) -> bytes | None:
    return _content(source.support) if source.support else None


def prepare(source: Source, target: str) -> Prepared:
    """Make the associations of a pool, and write its graph as N-Quads.

    Parameters
    ----------
    source : Source
        The pool.
    target : str
        The file to write.

    Raises
    ------
    AsnGraphError
        When the pool is none, or holds what RDF cannot.
    """
    content, support = _content(source.file), _support(source)
    with Path(target).open("wb") as file:
        made = _written(source, content, support, file)
    return replace(made, file=target)


def _written(source: Source, content: bytes, support: bytes | None, file: IO[bytes]) -> Prepared:
    """Make the associations of what is in a pool's file, and write its graph."""
    from asngraph.graph import generate
    from asngraph.pool import Pool
    from asngraph.rdf import iris
    from asngraph.rdf.write import lines

    version = _fingerprint(source, content, support)
    pool = Pool.read(io.BytesIO(content), source.delimiter, source.pool)
    serving: Any = None
    if support is not None:
        serving = io.BytesIO(support)
        serving.name = source.support
    graph = generate(pool, support=serving)
    quads = 0
    for some in lines(graph, iris.pool_version(pool.name, version)):
        quads += some.count(b"\n")
        file.write(some)
    return Prepared(source, version, _sha256(content), len(pool), len(graph), quads, notes=tuple(graph.notes))


class _Task(NamedTuple):
    """A pool to prepare, and the file to write; where it is prepared far away, what is in its files instead."""

    source: Source
    target: str
    content: bytes | None = None
    support: bytes | None = None


def _prepared(task: _Task) -> Prepared:
    try:
        return prepare(task.source, task.target)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error))


def _prepared_far_away(task: _Task) -> tuple[Prepared, str, bytes]:
    """Prepare a pool where there is none of the archive's folders: what would be written is sent back, compressed."""
    file = io.BytesIO()
    try:
        made = _written(task.source, task.content or b"", task.support, file)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error)), "", b""
    return made, task.target, zlib.compress(file.getvalue(), 1)


def prepared(
    sources: Iterable[Source], folder: Path, workers: int = 0, scheduler: str | None = None, *, insecure: bool = False
) -> Iterator[Prepared]:
    """Prepare pools one after the other, a few of them ahead of what is asked for.

    Parameters
    ----------
    sources : iterable of Source
        The pools.
    folder : path
        Where the files of N-Quads go.
    workers : int
        How many processes do it; with 0 it is this one.
    scheduler : str, optional
        The address of a Dask scheduler whose workers do it instead.
    insecure : bool
        Whether the scheduler may be a ``tcp://`` one.

    Yields
    ------
    Prepared
        In the order in which they are done; each file is there until the next is asked for.

    Raises
    ------
    AsnGraphError
        When the scheduler cannot be reached.
    """
    tasks = (_Task(source, os.fspath(folder / f"{number}.nq")) for number, source in enumerate(sources))
    for each in _made(tasks, workers, scheduler, insecure=insecure):
        yield each
        if each.file:
            Path(each.file).unlink(missing_ok=True)


def _made(tasks: Iterator[_Task], workers: int, scheduler: str | None, *, insecure: bool) -> Iterator[Prepared]:
    if not workers and scheduler is None:
        return map(_prepared, tasks)
    from asngraph.spreading.executors import spread

    if scheduler is None:
        return spread(_prepared, tasks, _lost, workers=workers)
    packed = (task._replace(content=_content(task.source.file), support=_support(task.source)) for task in tasks)
    far = spread(_prepared_far_away, packed, _lost_far_away, workers=0, scheduler=scheduler, insecure=insecure)
    return (_received(*each) for each in far)


def _lost(task: _Task, error: Exception) -> Prepared:
    return Prepared(task.source, error=f"{task.source.pool}: {error}")


def _lost_far_away(task: _Task, error: Exception) -> tuple[Prepared, str, bytes]:
    return _lost(task, error), "", b""


def _received(made: Prepared, target: str, quads: bytes) -> Prepared:
    """Write what was prepared far away."""
    if not target:
        return made
    Path(target).write_bytes(zlib.decompress(quads))
    return replace(made, file=target)
